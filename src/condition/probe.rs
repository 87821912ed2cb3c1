//! Answers to ask a condition about: those around every number and text that it names, at every
//! place that it looks at.
//!
//! Where a condition only compares such places with constants, the answers stand for all there
//! can be; then what it says of all of them, it always says.

use std::collections::{BTreeMap, BTreeSet};

use super::Condition;
use super::tree::{Binary, Id, Node, Tree, Unary};
use super::value::Answer;
use crate::value::Str;

/// Most answers that are made.
const MAX_ANSWERS: usize = 4_000;
/// Longest list that is made.
const MAX_ITEMS: usize = 12;

/// What a provider's answers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list of numbers.
    Numbers,
    /// One number.
    Number,
    /// Anything that JSON can say.
    Json,
}

/// Answers, and whether they stand for all.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    pub answers: Vec<Answer>,
    pub is_exhaustive: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(Str),
    Index(i64),
}

type Place = Vec<Step>;

#[derive(Default)]
struct Seen {
    places: BTreeSet<Place>,
    numbers: Vec<f64>,
    texts: BTreeSet<Str>,
    looks_at_length: bool,
    /// `isNil` asks about the whole answer, whatever it is given. Source: argo-rollouts
    /// `utils/evaluate/evaluate.go` `isNil`.
    looks_for_nil: bool,
    looks_for_nan: bool,
    looks_for_infinity: bool,
    is_simple: bool,
}

/// The answers to ask `conditions` about.
pub fn probes(conditions: &[&Condition], shape: Shape) -> Probes {
    let mut seen = Seen {
        is_simple: true,
        ..Seen::default()
    };
    for condition in conditions {
        seen.test(&condition.tree, condition.tree.root);
    }
    if !seen.is_simple {
        return general(shape);
    }
    let answers = match shape {
        Shape::Number => seen.number(),
        Shape::Numbers => seen.list(),
        Shape::Json => seen.json(),
    };
    match answers {
        Some(answers) => Probes {
            answers,
            is_exhaustive: true,
        },
        None => general(shape),
    }
}

/// Some answers of the shape: what is wrong with all of them is wrong with its type.
fn general(shape: Shape) -> Probes {
    let numbers = [0.0, 1.0, 0.5, 2.0, 100.0, -1.0, 1e6];
    let answers = match shape {
        Shape::Number => numbers.into_iter().map(Answer::Float).collect(),
        Shape::Numbers => {
            let mut answers: Vec<_> = numbers.iter().map(|n| Answer::floats([*n])).collect();
            answers.push(Answer::floats([]));
            answers.extend((2..=5).map(|n| Answer::floats(numbers.into_iter().take(n))));
            answers
        }
        Shape::Json => Vec::new(),
    };
    Probes {
        answers,
        is_exhaustive: false,
    }
}

impl Seen {
    /// A node that is a test: more of them, or a comparison of a place with a constant.
    fn test(&mut self, tree: &Tree, id: Id) {
        match tree.node(id) {
            Node::Bool(_) => {}
            Node::Unary(Unary::Not, of) => self.test(tree, *of),
            Node::Binary(Binary::And | Binary::Or, left, right) => {
                self.test(tree, *left);
                self.test(tree, *right);
            }
            Node::Binary(
                Binary::Less
                | Binary::More
                | Binary::AtLeast
                | Binary::AtMost
                | Binary::Equal
                | Binary::Unequal,
                left,
                right,
            ) => {
                self.operand(tree, *left);
                self.operand(tree, *right);
            }
            Node::Call(callee, args) => match (tree.node(*callee), args.as_slice()) {
                (Node::Name(name), [arg]) if name == "isNaN" || name == "isInf" => {
                    self.looks_for_nan |= name == "isNaN";
                    self.looks_for_infinity |= name == "isInf";
                    self.is_simple &= self.place(tree, *arg);
                }
                (Node::Name(name), [_]) if name == "isNil" => self.looks_for_nil = true,
                _ => self.is_simple = false,
            },
            _ => self.is_simple &= self.place(tree, id),
        }
    }

    fn operand(&mut self, tree: &Tree, id: Id) {
        if let Node::Builtin(name, args) = tree.node(id)
            && name == "len"
            && let [arg] = args.as_slice()
            && place_of(tree, *arg).is_some_and(|place| place.is_empty())
        {
            self.looks_at_length = true;
            return;
        }
        match tree.node(id) {
            Node::Text(text) => {
                self.texts.insert(text.clone());
            }
            Node::Bool(_) | Node::Nil => {}
            // No answer is a whole number, so that is all there is to it.
            Node::Binary(Binary::Modulo, left, right) if place_of(tree, *left).is_some() => {
                self.operand(tree, *left);
                self.operand(tree, *right);
            }
            _ => match constant(tree, id) {
                Some(number) => self.numbers.push(number),
                None => self.is_simple &= self.place(tree, id),
            },
        }
    }

    fn place(&mut self, tree: &Tree, id: Id) -> bool {
        let place = place_of(tree, id);
        let is_one = place.is_some();
        self.places.extend(place);
        is_one
    }

    /// The numbers that matter: each constant, and what lies around it.
    fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0, -1e300, 1e300];
        for number in &self.numbers {
            let step = (number.abs() * 1e-9).max(1e-9);
            values.extend([number - step, *number, number + step]);
        }
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    }

    /// The same, and what only a number of Prometheus can be.
    fn measured(&self) -> Vec<f64> {
        let mut values = self.values();
        if self.looks_for_infinity {
            values.extend([f64::INFINITY, f64::NEG_INFINITY]);
        }
        if self.looks_for_nan {
            values.push(f64::NAN);
        }
        values
    }

    fn number(&self) -> Option<Vec<Answer>> {
        let is_plain = self.places.iter().all(Vec::is_empty);
        let numbers = || self.measured().into_iter().map(Answer::Float);
        is_plain.then(|| numbers().collect())
    }

    fn list(&self) -> Option<Vec<Answer>> {
        let mut indexes = BTreeSet::new();
        for place in &self.places {
            match place.as_slice() {
                [] => {}
                [Step::Index(index)] => {
                    indexes.insert(*index);
                }
                _ => return None,
            }
        }
        let reach = |index: &i64| usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
        let needed = indexes
            .iter()
            .map(reach)
            .max()
            .map_or(1, |most| most.saturating_add(1));
        let mut lengths: BTreeSet<usize> = (1..=needed.min(MAX_ITEMS)).chain([2]).collect();
        if self.looks_at_length {
            lengths.insert(0);
            for number in &self.numbers {
                let around = (-1..=1).map(|offset| super::value::truncate(*number) + offset);
                lengths.extend(around.filter_map(|n| usize::try_from(n).ok()));
            }
        }
        let values = self.measured();
        let mut answers = Vec::new();
        for length in lengths {
            if length > MAX_ITEMS {
                return None;
            }
            let used: BTreeSet<usize> = indexes
                .iter()
                .filter_map(|index| {
                    let length = i64::try_from(length).ok()?;
                    let at = if *index < 0 { length + index } else { *index };
                    usize::try_from(at).ok().filter(|at| *at < MAX_ITEMS)
                })
                .collect();
            let choices = vec![values.len(); used.len()];
            for picks in product(&choices, MAX_ANSWERS.checked_sub(answers.len())?)? {
                let mut items = vec![0.5; length];
                for (at, pick) in used.iter().zip(picks) {
                    if let (Some(item), Some(value)) = (items.get_mut(*at), values.get(pick)) {
                        *item = *value;
                    }
                }
                answers.push(Answer::floats(items));
            }
        }
        Some(answers)
    }

    fn json(&self) -> Option<Vec<Answer>> {
        if self.looks_at_length {
            return None;
        }
        let places: Vec<&Place> = self.places.iter().collect();
        let is_within = |one: &&Place, two: &&Place| two.len() > one.len() && two.starts_with(one);
        if places
            .iter()
            .any(|one| places.iter().any(|two| is_within(one, two)))
        {
            return None;
        }
        let mut values: Vec<Answer> = self.values().into_iter().map(Answer::Float).collect();
        values.extend(self.texts.iter().cloned().map(Answer::Text));
        values.extend([
            Answer::Text("another text".into()),
            Answer::Bool(true),
            Answer::Bool(false),
            Answer::Nil,
        ]);
        if places.is_empty() && self.looks_for_nil {
            return Some(values);
        }
        let choices = vec![values.len(); places.len()];
        let picks = product(&choices, MAX_ANSWERS)?;
        let filled = |picks: Vec<usize>| {
            let mut answer = Answer::Nil;
            for (place, pick) in places.iter().zip(picks) {
                put(&mut answer, place, values.get(pick)?)?;
            }
            Some(answer)
        };
        let nil = self.looks_for_nil.then_some(Some(Answer::Nil));
        picks.into_iter().map(filled).chain(nil).collect()
    }
}

/// Every way to pick one of each; none where they are more than `most`.
fn product(choices: &[usize], most: usize) -> Option<Vec<Vec<usize>>> {
    let size = choices
        .iter()
        .try_fold(1_usize, |size, n| size.checked_mul(*n))?;
    if size > most {
        return None;
    }
    let mut all = vec![Vec::new()];
    for n in choices {
        all = all
            .into_iter()
            .flat_map(|picks: Vec<usize>| {
                (0..*n).map(move |pick| {
                    let mut picks = picks.clone();
                    picks.push(pick);
                    picks
                })
            })
            .collect();
    }
    Some(all)
}

/// Puts a value at a place, making lists and maps on the way.
fn put(answer: &mut Answer, place: &[Step], value: &Answer) -> Option<()> {
    let Some((step, rest)) = place.split_first() else {
        *answer = value.clone();
        return Some(());
    };
    match step {
        Step::Name(name) => {
            let mut map = match answer {
                Answer::Map(map) => (**map).clone(),
                Answer::Nil => BTreeMap::new(),
                _ => return None,
            };
            put(map.entry(name.clone()).or_insert(Answer::Nil), rest, value)?;
            *answer = Answer::Map(map.into());
        }
        Step::Index(index) => {
            let index = usize::try_from(*index).ok().filter(|at| *at < MAX_ITEMS)?;
            let mut items = match answer {
                Answer::List(_, items) => (**items).clone(),
                Answer::Nil => Vec::new(),
                _ => return None,
            };
            if items.len() <= index {
                items.resize(index + 1, Answer::Nil);
            }
            put(items.get_mut(index)?, rest, value)?;
            *answer = Answer::list(items);
        }
    }
    Some(())
}

/// `result`, or a member of it by constants. `default` gives the whole answer, whatever it is asked
/// about, unless that is nil. Source: argo-rollouts `utils/evaluate/evaluate.go` `defaultFunc`.
fn place_of(tree: &Tree, id: Id) -> Option<Place> {
    let (mut place, mut id) = (Vec::new(), id);
    loop {
        match tree.node(id) {
            Node::Name(name) if name == "result" => {
                place.reverse();
                return Some(place);
            }
            Node::Call(callee, args) if is_default(tree, *callee, args) => {
                place.reverse();
                return Some(place);
            }
            Node::Chain(of) => id = *of,
            Node::Member { of, property, .. } => {
                place.push(match tree.node(*property) {
                    Node::Text(name) => Step::Name(name.clone()),
                    _ => Step::Index(whole(tree, *property)?),
                });
                id = *of;
            }
            _ => return None,
        }
    }
}

fn is_default(tree: &Tree, callee: Id, args: &[Id]) -> bool {
    let is_named = matches!(tree.node(callee), Node::Name(name) if name == "default");
    let is_fixed = |id: Id| {
        let text = matches!(tree.node(id), Node::Text(_) | Node::Bool(_) | Node::Nil);
        text || constant(tree, id).is_some()
    };
    match args {
        [asked, instead] => is_named && place_of(tree, *asked).is_some() && is_fixed(*instead),
        _ => false,
    }
}

fn whole(tree: &Tree, id: Id) -> Option<i64> {
    match tree.node(id) {
        Node::Int(value) => Some(*value),
        Node::Unary(Unary::Minus, of) => whole(tree, *of)?.checked_neg(),
        _ => None,
    }
}

fn constant(tree: &Tree, id: Id) -> Option<f64> {
    match tree.node(id) {
        Node::Int(value) => Some(*value as f64),
        Node::Float(value) => Some(*value),
        Node::Unary(Unary::Minus, of) => Some(-constant(tree, *of)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Phase, measure};
    use super::*;

    /// The phases that a success condition can come to; none where that is not known.
    fn phases(text: &str, shape: Shape) -> Option<BTreeSet<Phase>> {
        let condition = Condition::parse(text).unwrap_or_else(|fault| panic!("{fault:?}"));
        let probes = probes(&[&condition], shape);
        let phase = |answer| measure(Some(&condition), None, answer);
        probes
            .is_exhaustive
            .then(|| probes.answers.iter().map(phase).collect())
    }

    #[test]
    fn every_phase_that_can_come_is_found() {
        use Phase::{Error, Failed, Successful};
        for (text, shape, expected) in [
            (
                "result[0] < 0.05",
                Shape::Numbers,
                &[Successful, Failed][..],
            ),
            ("result[0] < 1 && result[0] > 2", Shape::Numbers, &[Failed]),
            (
                "result[0] < 2 && result[0] > 1",
                Shape::Numbers,
                &[Successful, Failed],
            ),
            (
                "result[0] >= 1 || result[0] < 1",
                Shape::Numbers,
                &[Successful],
            ),
            (
                "result[1] > 3",
                Shape::Numbers,
                &[Successful, Failed, Error],
            ),
            (
                "result[0] > result[1]",
                Shape::Numbers,
                &[Successful, Failed, Error],
            ),
            (
                "len(result) == 3 && result[2] < 0",
                Shape::Numbers,
                &[Successful, Failed],
            ),
            ("result < 1", Shape::Numbers, &[Error]),
            ("result[0] < 1", Shape::Number, &[]),
            ("result < 0.3 && result > 0.31", Shape::Number, &[Failed]),
            ("result.a == 'x' && result.a == 'y'", Shape::Json, &[Failed]),
            (
                "result.a.b > 1 && result.c == 'up'",
                Shape::Json,
                &[Successful, Failed, Error],
            ),
            ("isNil(result)", Shape::Json, &[Successful, Failed]),
            ("!isNil(result)", Shape::Json, &[Successful, Failed]),
            (
                "!isNil(result) && result.a > 1",
                Shape::Json,
                &[Successful, Failed, Error],
            ),
            ("isNil(result)", Shape::Numbers, &[Failed]),
            ("isInf(result[0])", Shape::Numbers, &[Successful, Failed]),
            ("isNaN(result)", Shape::Number, &[Successful, Failed]),
            ("!isNaN(result[0])", Shape::Numbers, &[Successful, Failed]),
            ("result == 'up'", Shape::Json, &[Successful, Failed, Error]),
            ("true", Shape::Json, &[Successful]),
        ] {
            let found = phases(text, shape).unwrap_or_default();
            assert_eq!(found, expected.iter().copied().collect(), "{text}");
        }
    }

    #[test]
    fn functions_of_the_whole_answer_and_remainders_are_followed() {
        use Phase::{Error, Failed, Successful};
        for (text, shape, expected) in [
            // It gives the whole list.
            ("default(result, 0) == 0", Shape::Numbers, &[Failed][..]),
            ("default(result[0], 0) == 0", Shape::Numbers, &[Failed]),
            ("default(result, 0) < 1", Shape::Numbers, &[Error]),
            (
                "default(result, 0)[0] < 1",
                Shape::Numbers,
                &[Successful, Failed],
            ),
            (
                "default(result, 0) == 0",
                Shape::Number,
                &[Successful, Failed],
            ),
            (
                "default(result, 0) == 0",
                Shape::Json,
                &[Successful, Failed],
            ),
            ("result.a % 2 == 0", Shape::Json, &[Error]),
            ("result % 2 == 0", Shape::Number, &[Error]),
        ] {
            let found = phases(text, shape).unwrap_or_default();
            assert_eq!(found, expected.iter().copied().collect(), "{text}");
        }
    }

    #[test]
    fn what_computes_is_not_claimed_to_be_known() {
        for text in [
            "result[0] * 2 > 1",
            "any(result, # > 1)",
            "default(result, result[0]) < 1",
            "len(result) % 2 == 0",
        ] {
            assert_eq!(phases(text, Shape::Numbers), None, "{text}");
        }
    }
}
