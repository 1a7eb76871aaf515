// Quiet hours, as notifications/notices/quiet.py has them. Pure.

/** @typedef {{ from: string, to: string, zone: string }} Quiet   times of a day, as `22:00`, in a time zone */

const DAY_MINUTES = 24 * 60;

/** @param {string} time */
const minuteOf = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** @param {number} minute */
const inDay = (minute) => (minute + DAY_MINUTES) % DAY_MINUTES;

/** The minute of the day there. @param {string} zone @param {number} now   milliseconds since 1970 */
function minuteIn(zone, now) {
  const clock = (/** @type {string} */ timeZone) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now);
  try {
    return minuteOf(clock(zone));
  } catch {
    // The server knows a zone that this browser does not, and takes this one for what it does not know itself.
    return minuteOf(clock("UTC"));
  }
}

/** Whether it is one of these hours. @param {Quiet | null | undefined} quiet @param {number} [now] */
export function isQuietNow(quiet, now = Date.now()) {
  if (!quiet) return false;
  const [begin, end] = [minuteOf(quiet.from), minuteOf(quiet.to)];
  return inDay(minuteIn(quiet.zone, now) - begin) < inDay(end - begin);
}
