// Time zones to choose from, and what their clocks say.
import { coarseNow } from "../../store/clock";

export const ZONES = Intl.supportedValuesOf("timeZone").map((each) => ({
  value: each,
  label: each.replaceAll("_", " "),
}));
if (!ZONES.some((each) => each.value === "UTC")) ZONES.unshift({ value: "UTC", label: "UTC" });

export function clockIn(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "long",
      day: "numeric",
      month: "long",
      hour: "2-digit",
      minute: "2-digit",
      timeZoneName: "shortOffset",
    }).format(coarseNow.value);
  } catch {
    return zone;
  }
}
