"""What is told of a finished run of the roads."""

from twin.utilities.metric import LOST, Line, Loss, Metric, Narrowed, Sums, open_share


def _balance(s: Sums) -> float:
    t = s.totals
    return open_share(t["trips_veh"], t["made_veh"] + t["not_made_veh"], t["trips_veh"])


def _mean(s: Sums) -> float:
    made = s.totals["made_veh"]
    return 60.0 * s.totals["vehicle_h"] / made if made else 0.0


LOST_HOURS: Metric[Sums] = Metric(
    "person_hours_lost",
    "person h",
    lambda s: s.totals["lost_person_h"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "lost_person_h", "amount", "sum"),
)
NOT_MADE: Metric[Sums] = Metric(
    "trips_not_made",
    "trips",
    lambda s: s.totals["not_made_veh"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "not_made_veh", "amount", "sum"),
)
MEAN_TRIP: Metric[Sums] = Metric("mean_car_trip_min", "min", _mean, decimals=1)
METRICS: tuple[Metric[Sums], ...] = (
    Metric("car_trips", "trips", lambda s: s.totals["made_veh"], better="more", decimals=0),
    Metric("vehicle_km", "km", lambda s: s.totals["vehicle_km"], decimals=0),
    MEAN_TRIP,
    LOST_HOURS,
    NOT_MADE,
    Metric("balance_error_roads", "", _balance),
)
SUMMARY = (
    Line("car trips", METRICS[0].told),
    Line("hours lost on roads", LOST_HOURS.told),
    Line("trips not made", NOT_MADE.told),
)
LOSSES = (
    Loss(
        "lost_person_h",
        "person h",
        metric="person_hours_lost",
        price="lost_hour_kzt_per_person_hour",
        part="roads",
        words="lost on roads",
    ),
    Loss(
        "not_made_veh",
        "trips",
        metric="trips_not_made",
        price="trip_not_made_kzt_per_trip",
        part="trips",
        words="not made",
    ),
)
