"""The power of panels under a clear sky; the month's clearness is applied where it is asked for."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from twin.extras import needs
from twin.utilities.base import Vector

SYSTEM = 0.86
"""What of the light reaches the grid (A. P. Dobos, PVWatts version 5, NREL/TP-6A20-62641, 2014)."""
_STANDARD_W_PER_M2 = 1000.0
_YEAR = 2001


class Sky:
    """Panels under a clear sky: pvlib's simplified Solis model, isotropic light from the sky.

    Parameters
    ----------
    latitude, longitude
        Degrees, north and east.
    tilt_deg, azimuth_deg
        Of the panels: against the ground, and to where they look, 180 is south.
    zone
        Whose standard time the scenario's clock keeps; empty: the whole hour of the longitude.

    Raises
    ------
    InvalidInput
        If pvlib is not installed.
    """

    def __init__(
        self, latitude: float, longitude: float, tilt_deg: float, azimuth_deg: float, zone: str
    ) -> None:
        self._pvlib = needs("pvlib", "weather")
        self._place = self._pvlib.location.Location(latitude, longitude)
        self._panel = tilt_deg, azimuth_deg
        self._ahead_h = _ahead_h(zone, longitude)
        self._days: dict[tuple[date, int], Vector] = {}

    def factor(self, day: date, steps: int) -> Vector:
        """Return the capacity factor at the middle of each step of a day, shape (steps,).

        The sun of a date is the same in every year; that of 29 February is the day before's.
        """
        leap = (day.month, day.day) == (2, 29)
        key = date(_YEAR, 2, 28) if leap else day.replace(year=_YEAR)
        if (key, steps) not in self._days:
            self._days[key, steps] = self._factor(key, steps)
        return self._days[key, steps]

    def _factor(self, day: date, steps: int) -> Vector:
        import pandas as pd

        length = pd.Timedelta(days=1) / steps
        local = pd.date_range(pd.Timestamp(day) + length / 2, periods=steps, freq=length)
        times = (local - pd.Timedelta(hours=self._ahead_h)).tz_localize("UTC")
        sun = self._place.get_solarposition(times)
        light = self._place.get_clearsky(times, model="simplified_solis", solar_position=sun)
        at = sun.apparent_zenith, sun.azimuth
        total = self._pvlib.irradiance.get_total_irradiance
        on_panel = total(*self._panel, *at, light.dni, light.ghi, light.dhi)
        watts = np.nan_to_num(on_panel["poa_global"].to_numpy(dtype=float))
        return np.asarray(np.clip(watts / _STANDARD_W_PER_M2 * SYSTEM, 0.0, 1.0))


def _ahead_h(zone: str, longitude: float) -> float:
    """Return the hours by which the clock is ahead of universal time, in standard time."""
    if not zone:
        return float(round(longitude / 15.0))
    offsets = [datetime(_YEAR + 25, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]
    return min(offset.total_seconds() for offset in offsets if offset is not None) / 3600.0
