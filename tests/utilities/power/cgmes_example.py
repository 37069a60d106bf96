"""A CGMES archive of one line between a grid and a load, 110 kV, 20 MW, written by code."""

import zipfile
from pathlib import Path

CIM = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="{CIM}" '
    'xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#">\n'
)
TERMINALS = (("_t1", "_l", "1", 1), ("_t2", "_l", "2", 2), ("_te", "_e", "2", 1), ("_tx", "_x", "1", 1))
Values = dict[str, object]


def made(kind: str, name: str, values: Values, about: bool = False) -> str:
    """Return an element; a value that begins with # refers to another, with @ to a word of the schema."""
    rows = []
    for key, value in values.items():
        text = str(value)
        if text[:1] in "#@" and text:
            place = text if text[0] == "#" else f"{CIM}{text[1:]}"
            rows.append(f'<cim:{key} rdf:resource="{place}"/>')
        else:
            rows.append(f"<cim:{key}>{text}</cim:{key}>")
    own = f'rdf:about="#{name}"' if about else f'rdf:ID="{name}"'
    return f"<cim:{kind} {own}>{''.join(rows)}</cim:{kind}>\n"


def named(kind: str, name: str, values: Values) -> str:
    return made(kind, name, {"IdentifiedObject.name": name.strip("_")} | values)


def about(kind: str, name: str, values: Values) -> str:
    return made(kind, name, values, about=True)


def profile(names: tuple[str, ...], body: str) -> str:
    """Return one profile's file."""
    own = "".join(f"<md:Model.profile>http://entsoe.eu/CIM/{n}/3/1</md:Model.profile>" for n in names)
    when = "<md:Model.scenarioTime>2026-01-01T00:00:00Z</md:Model.scenarioTime>"
    return (
        f'{HEAD}<md:FullModel rdf:about="urn:uuid:{names[0]}">{when}{own}</md:FullModel>\n{body}</rdf:RDF>\n'
    )


def equipment() -> str:
    grid, level = "Equipment.EquipmentContainer", "ConductingEquipment.BaseVoltage"
    parts = [
        named("GeographicalRegion", "_g", {}),
        named("SubGeographicalRegion", "_s", {"SubGeographicalRegion.Region": "#_g"}),
        named("BaseVoltage", "_b", {"BaseVoltage.nominalVoltage": 110}),
        named("WindGeneratingUnit", "_w", {}),
        named("EnergyConsumer", "_e", {grid: "#_v2"}),
        named("RegulatingControl", "_r", {"RegulatingControl.mode": "@RegulatingControlModeKind.voltage"}),
        named(
            "ExternalNetworkInjection",
            "_x",
            {
                grid: "#_v1",
                "RegulatingCondEq.RegulatingControl": "#_r",
                "ExternalNetworkInjection.maxP": 1000,
                "ExternalNetworkInjection.minP": -1000,
                "ExternalNetworkInjection.maxQ": 500,
                "ExternalNetworkInjection.minQ": -500,
            },
        ),
        named(
            "ACLineSegment",
            "_l",
            {
                level: "#_b",
                "Conductor.length": 10,
                "ACLineSegment.r": 1.2,
                "ACLineSegment.x": 4,
                "ACLineSegment.bch": 0.00003,
                "ACLineSegment.gch": 0,
            },
        ),
    ]
    for i in "12":
        parts += [
            named("Substation", f"_s{i}", {"Substation.Region": "#_s"}),
            named(
                "VoltageLevel",
                f"_v{i}",
                {"VoltageLevel.BaseVoltage": "#_b", "VoltageLevel.Substation": f"#_s{i}"},
            ),
            named("ConnectivityNode", f"_n{i}", {"ConnectivityNode.ConnectivityNodeContainer": f"#_v{i}"}),
        ]
    for name, of, node, number in TERMINALS:
        values: Values = {
            "Terminal.ConductingEquipment": f"#{of}",
            "Terminal.ConnectivityNode": f"#_n{node}",
            "ACDCTerminal.sequenceNumber": number,
        }
        parts.append(named("Terminal", name, values))
    return "".join(parts)


def state() -> str:
    parts = [
        about("EnergyConsumer", "_e", {"EnergyConsumer.p": 20, "EnergyConsumer.q": 5}),
        about(
            "ExternalNetworkInjection",
            "_x",
            {
                "ExternalNetworkInjection.p": -20,
                "ExternalNetworkInjection.q": -5,
                "ExternalNetworkInjection.referencePriority": 1,
                "RegulatingCondEq.controlEnabled": "true",
            },
        ),
        about(
            "RegulatingControl",
            "_r",
            {
                "RegulatingControl.enabled": "true",
                "RegulatingControl.targetValue": 112.2,
                "RegulatingControl.targetValueUnitMultiplier": "@UnitMultiplier.k",
            },
        ),
        *(about("Terminal", name, {"ACDCTerminal.connected": "true"}) for name, *_ in TERMINALS),
    ]
    return "".join(parts)


def topology() -> str:
    parts = []
    for i in "12":
        values: Values = {
            "TopologicalNode.BaseVoltage": "#_b",
            "TopologicalNode.ConnectivityNodeContainer": f"#_v{i}",
        }
        parts.append(named("TopologicalNode", f"_k{i}", values))
        parts.append(about("ConnectivityNode", f"_n{i}", {"ConnectivityNode.TopologicalNode": f"#_k{i}"}))
    parts += [about("Terminal", n, {"Terminal.TopologicalNode": f"#_k{i}"}) for n, _, i, _ in TERMINALS]
    return "".join(parts)


def voltages() -> str:
    return "".join(
        made(
            "SvVoltage",
            f"_sv{i}",
            {"SvVoltage.v": 112, "SvVoltage.angle": 0, "SvVoltage.TopologicalNode": f"#_k{i}"},
        )
        for i in "12"
    )


def cgmes() -> dict[str, str]:
    """Return the files of the archive."""
    return {
        "a_EQ.xml": profile(("EquipmentCore", "EquipmentOperation"), equipment()),
        "a_SSH.xml": profile(("SteadyStateHypothesis",), state()),
        "a_TP.xml": profile(("Topology",), topology()),
        "a_SV.xml": profile(("StateVariables",), voltages()),
    }


def pack(files: dict[str, str], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
