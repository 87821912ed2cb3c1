//! When a check is measured: worked out from the length of the watch and the scrape interval.
//!
//! - interval: a fifth of the watch, at most 30 s, and at least two scrapes, because the same
//!   samples measured twice say nothing new;
//! - window of rates: a fifth of the watch, at least four scrapes;
//! - first measurement: after four scrapes (shares of one version); after a whole window and two
//!   scrapes (comparisons of amounts: requests from before the new weight, which routers follow
//!   and scrapes notice late, must have left the window); after 10 s (calls);
//! - calls before a switch go every 10 s, so that the metrics of the preview have something to say;
//! - count: what fits; the last measurement ends the watch: delay + (count − 1) · interval = watch;
//! - one measurement may fail where there are five or more, none where there are fewer.

use crate::spec::unit::Duration;

/// Scrape interval where the environment names none: that of the Prometheus Operator.
pub const SCRAPE: Duration = Duration::seconds(30);

/// What the first measurement waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Samples,
    Window,
    Endpoints,
    /// Calls that must leave traces in the metrics of a version that nobody else calls.
    Traces,
}

/// All in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    pub delay: u64,
    pub interval: u64,
    pub count: u64,
    /// Measurements that may fail.
    pub failures: u64,
    pub window: u64,
}

/// The timing of a watch of `observe`.
pub fn timing(observe: Duration, scrape: Duration, needs: Needs) -> Timing {
    let (watch, scrape) = (observe.as_seconds().max(1), scrape.as_seconds().max(1));
    let interval = match needs {
        Needs::Traces => 10.min(watch),
        _ => (watch / 5).min(30).max(2 * scrape).min(watch),
    };
    let window = (watch / 5).max(4 * scrape);
    let first = match needs {
        Needs::Samples => 4 * scrape,
        Needs::Window => window + 2 * scrape,
        Needs::Endpoints | Needs::Traces => 10,
    };
    let count = (watch - first.min(watch)) / interval + 1;
    Timing {
        delay: watch - (count - 1) * interval,
        interval,
        count,
        failures: u64::from(count >= 5),
        window,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_fill_the_watch_exactly() {
        // watch, scrape → delay, interval, count, failures, window
        for (watch, scrape, needs, expected) in [
            (900, 15, Needs::Samples, [60, 30, 29, 1, 180]),
            (900, 15, Needs::Window, [210, 30, 24, 1, 180]),
            (900, 15, Needs::Endpoints, [30, 30, 30, 1, 180]),
            (900, 60, Needs::Samples, [300, 120, 6, 1, 240]),
            (120, 15, Needs::Samples, [60, 30, 3, 0, 60]),
            (120, 30, Needs::Samples, [120, 60, 1, 0, 120]),
            (120, 15, Needs::Endpoints, [30, 30, 4, 0, 60]),
            (30, 15, Needs::Endpoints, [30, 30, 1, 0, 60]),
            (120, 15, Needs::Traces, [10, 10, 12, 1, 60]),
        ] {
            let seconds = Duration::seconds;
            let one = timing(seconds(watch), seconds(scrape), needs);
            let got = [one.delay, one.interval, one.count, one.failures, one.window];
            assert_eq!(got, expected, "{watch} {scrape} {needs:?}");
        }
    }

    #[test]
    fn every_watch_ends_when_it_says() {
        for watch in 1..2000 {
            for scrape in [1, 5, 15, 30, 60] {
                for needs in [Needs::Samples, Needs::Window, Needs::Endpoints] {
                    let one = timing(Duration::seconds(watch), Duration::seconds(scrape), needs);
                    assert_eq!(one.delay + (one.count - 1) * one.interval, watch);
                    assert!(one.interval > 0 && one.count > one.failures);
                }
            }
        }
    }
}
