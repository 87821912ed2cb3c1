//! Conditions and queries: no panic, and every place that is named lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tiphys::condition::{Answer, Condition, Outcome, Shape, probes};
use tiphys::promql::Query;

fuzz_target!(|text: &str| {
    match Condition::parse(text) {
        Err(fault) => assert!(text.get(fault.at..).is_some(), "{} is no place", fault.at),
        Ok(condition) => ask(text, &condition),
    }
    if let Err(fault) = Query::parse(text) {
        assert!(text.get(fault.at..).is_some(), "{} is no place", fault.at);
    }
});

fn ask(text: &str, condition: &Condition) {
    let mut answers = vec![Answer::Nil, Answer::floats([]), Answer::floats([f64::NAN])];
    for shape in [Shape::Number, Shape::Numbers, Shape::Json] {
        answers.extend(probes(&[condition], shape).answers.into_iter().take(20));
    }
    for answer in &answers {
        if let Outcome::Error(fault) = condition.holds(answer) {
            assert!(text.get(fault.at..).is_some(), "{} is no place", fault.at);
        }
    }
}
