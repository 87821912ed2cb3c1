//! When a check is measured: worked out from the length of the watch and the scrape interval.
//!
//! - interval: a fifth of the watch, at most 30 s and a quarter of `objective abort`, and at least
//!   two scrapes, because the same samples measured twice say nothing new;
//! - window of rates: a fifth of the watch, at least four scrapes;
//! - first measurement: after four scrapes (shares of one version); after a whole window and two
//!   scrapes (comparisons of amounts: requests from before the new weight, which routers follow
//!   and scrapes notice late, must have left the window); after 10 s (calls, budgets);
//! - a test of a whole stage is made once, at its end, over exactly that stage;
//! - where it may be extended, it is asked again every fifth of that, at least every two scrapes, over
//!   the stage and as much before it; the first answer ends it;
//! - calls that need a pod each are made at most every minute;
//! - before the first request there is one measurement, at once;
//! - calls before a switch go every 10 s, so that the metrics of the preview have something to say;
//! - count: what fits; the last measurement ends the watch: delay + (count − 1) · interval = watch;
//! - one measurement may fail where there are five or more, none where there are fewer;
//! - in the background there is no count: it ends with the rollout. Its window is four scrapes, its
//!   interval two, at least 10 s; one measurement may fail.
//!
//! With an expected load `super::fit` measures over longer windows, later and less often.
//!
//! What is bad is noticed after at most (failures + 1) · interval and the time that the window
//! takes to show it.

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
    /// The whole of the watch.
    Stage,
    /// A pod for each call.
    Pods,
    /// Nothing of the new version: what is asked is there before it.
    Nothing,
    /// No end: as long as the rollout goes.
    NoEnd,
}

/// What bounds how often one may measure, and how seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub scrape: Duration,
    /// How soon the old version must serve everything again.
    pub abort: Option<Duration>,
}

/// All in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    pub delay: u64,
    pub interval: u64,
    /// 0 where there is no end.
    pub count: u64,
    /// Measurements that may fail.
    pub failures: u64,
    pub window: u64,
}

impl Timing {
    /// Asked again for so much longer, over as much more; the first answer ends it.
    pub fn extended(self, extend: Option<Duration>, scrape: Duration) -> Timing {
        let Some(extend) = extend.map(Duration::as_seconds).filter(|it| *it > 0) else {
            return self;
        };
        let least = scrape.as_seconds().saturating_mul(2).max(1);
        let interval = (extend / 5).max(least).min(extend);
        Timing {
            interval,
            count: 1 + extend / interval,
            window: self.window.saturating_add(extend),
            ..self
        }
    }
}

/// The timing of a watch of `observe`.
pub fn timing(observe: Duration, pace: Pace, needs: Needs) -> Timing {
    let (watch, scrape) = (observe.as_seconds().max(1), pace.scrape.as_seconds().max(1));
    let soon = pace
        .abort
        .map_or(30, |abort| abort.as_seconds() / 4)
        .min(30);
    let interval = match needs {
        Needs::Traces => 10.min(watch),
        Needs::Pods => (watch / 5).max(60).min(watch),
        _ => (watch / 5).min(soon).max(2 * scrape).min(watch),
    };
    let window = (watch / 5).max(4 * scrape);
    let first = match needs {
        Needs::Samples => 4 * scrape,
        Needs::Window => window + 2 * scrape,
        Needs::Endpoints | Needs::Traces | Needs::Pods => 10,
        Needs::Stage => return once(watch, watch),
        Needs::Nothing => return once(0, window),
        Needs::NoEnd => return endless(scrape),
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

/// One measurement after `delay`, over `window`.
fn once(delay: u64, window: u64) -> Timing {
    Timing {
        delay,
        interval: delay.max(1),
        count: 1,
        failures: 0,
        window,
    }
}

fn endless(scrape: u64) -> Timing {
    Timing {
        delay: 4 * scrape,
        interval: (2 * scrape).max(10),
        count: 0,
        failures: 1,
        window: 4 * scrape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(scrape: u64) -> Pace {
        Pace {
            scrape: Duration::seconds(scrape),
            abort: None,
        }
    }

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
            (900, 15, Needs::Pods, [180, 180, 5, 1, 180]),
            (120, 15, Needs::Pods, [60, 60, 2, 0, 60]),
            (900, 15, Needs::Stage, [900, 900, 1, 0, 900]),
            (900, 15, Needs::NoEnd, [60, 30, 0, 1, 60]),
            (900, 1, Needs::NoEnd, [4, 10, 0, 1, 4]),
            (900, 15, Needs::Nothing, [0, 1, 1, 0, 180]),
        ] {
            let seconds = Duration::seconds;
            let one = timing(seconds(watch), pace(scrape), needs);
            let got = [one.delay, one.interval, one.count, one.failures, one.window];
            assert_eq!(got, expected, "{watch} {scrape} {needs:?}");
        }
    }

    #[test]
    fn a_promise_to_abort_soon_is_measured_more_often() {
        for (abort, interval) in [(600, 30), (120, 30), (60, 15), (20, 10)] {
            let pace = Pace {
                scrape: Duration::seconds(5),
                abort: Some(Duration::seconds(abort)),
            };
            let one = timing(Duration::seconds(900), pace, Needs::Samples);
            assert_eq!(one.interval, interval, "{abort}");
        }
    }

    #[test]
    fn a_stage_with_too_few_requests_is_asked_again_for_as_long_as_is_allowed() {
        let seconds = Duration::seconds;
        let whole = timing(seconds(900), pace(15), Needs::Stage);
        for (extend, expected) in [
            (None, [900, 900, 1, 0, 900]),
            (Some(0), [900, 900, 1, 0, 900]),
            (Some(600), [900, 120, 6, 0, 1500]),
            (Some(60), [900, 30, 3, 0, 960]),
            (Some(10), [900, 10, 2, 0, 910]),
        ] {
            let one = whole.extended(extend.map(seconds), seconds(15));
            let got = [one.delay, one.interval, one.count, one.failures, one.window];
            assert_eq!(got, expected, "{extend:?}");
        }
    }

    #[test]
    fn every_watch_ends_when_it_says() {
        for watch in 1..2000 {
            for scrape in [1, 5, 15, 30, 60] {
                for needs in [Needs::Samples, Needs::Window, Needs::Endpoints] {
                    let one = timing(Duration::seconds(watch), pace(scrape), needs);
                    assert_eq!(one.delay + (one.count - 1) * one.interval, watch);
                    assert!(one.interval > 0 && one.count > one.failures);
                }
            }
        }
    }
}
