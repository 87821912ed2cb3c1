//! Makes broken cases out of valid ones, the same ones at each run: fields dropped, swapped, out
//! of range, of another type, twice, in another order, or taken from elsewhere.

use serde_json::{Map, Value as Json, json};

use super::controller::FOLDER;

/// What a case was made of.
pub struct Case {
    pub documents: Vec<Json>,
    /// Where each change was made, and which.
    pub changes: Vec<String>,
    /// No field of a pod was changed.
    pub own: bool,
    /// Only the controller's own kinds were changed, not what they name.
    pub alone: bool,
}

/// The valid cases of a folder, by name.
pub fn valid(folder: &str) -> Vec<(String, Vec<Json>)> {
    let folder = std::path::Path::new(FOLDER).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let documents = serde_yaml::Deserializer::from_str(&text)
                .map(|document| serde::Deserialize::deserialize(document).unwrap())
                .collect();
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, documents)
        })
        .collect()
}

/// A small generator of numbers (splitmix64): the same numbers from the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.next(list.len())]
    }
}

/// Every field that some valid case has below a field of some name.
pub struct Pool(Vec<(String, String, Json)>);

pub fn pool(valid: &[(String, Vec<Json>)]) -> Pool {
    let mut pool = Vec::new();
    for (_, documents) in valid {
        for document in documents {
            collect(document, "", &mut pool);
        }
    }
    pool.sort_by_key(|(parent, key, value)| (parent.clone(), key.clone(), value.to_string()));
    pool.dedup();
    Pool(pool)
}

impl Pool {
    /// The fields that some case has below a field of the name.
    pub fn below(&self, parent: &str) -> Vec<(&String, &Json)> {
        let fitting = self.0.iter().filter(|(of, ..)| of == parent);
        fitting.map(|(_, key, value)| (key, value)).collect()
    }
}

fn collect(value: &Json, parent: &str, pool: &mut Vec<(String, String, Json)>) {
    match value {
        Json::Object(map) => {
            for (key, inner) in map {
                pool.push((parent.to_owned(), key.clone(), inner.clone()));
                collect(inner, key, pool);
            }
        }
        Json::Array(list) => list.iter().for_each(|inner| collect(inner, parent, pool)),
        _ => {}
    }
}

/// The case of a number.
pub fn case(number: usize, valid: &[(String, Vec<Json>)], pool: &Pool) -> Case {
    let mut dice = Dice(number as u64 * 7919 + 17);
    let (name, documents) = dice.pick(valid);
    let mut case = Case {
        documents: documents.clone(),
        changes: vec![name.clone()],
        own: true,
        alone: true,
    };
    for _ in 0..1 + dice.next(3) / 2 + dice.next(2) {
        change(&mut case, pool, &mut dice);
    }
    case
}

fn change(case: &mut Case, pool: &Pool, dice: &mut Dice) {
    let own: Vec<usize> = (0..case.documents.len())
        .filter(|index| {
            case.documents[*index]["apiVersion"]
                .as_str()
                .is_some_and(|version| version.starts_with("argoproj.io"))
        })
        .collect();
    let index = *dice.pick(&own);
    let mut places = Vec::new();
    collect_places(&case.documents[index]["spec"], "/spec", &mut places);
    // Pods have many fields, and are not what this is about.
    let pods = |place: &String| place.contains("/template/") || place.contains("/job/spec/");
    if dice.next(12) > 0 {
        places.retain(|place| !pods(place));
    }
    if places.is_empty() {
        return;
    }
    let place = dice.pick(&places).clone();
    case.own &= !pods(&place);
    let document = &mut case.documents[index];
    let what = match dice.next(9) {
        0 | 1 => drop(document, &place),
        2..=4 => replace(document, &place, dice),
        5 => swap(document, &place, dice.pick(&places).clone().as_str()),
        6 => again(document, &place),
        _ => add(document, &place, pool, dice),
    };
    case.changes.push(format!("{what} {place}"));
}

/// The places of everything below.
pub fn collect_places(value: &Json, at: &str, places: &mut Vec<String>) {
    let step = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Json::Object(map) => {
            for (key, inner) in map {
                places.push(step(key));
                collect_places(inner, &step(key), places);
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                places.push(step(&index.to_string()));
                collect_places(inner, &step(&index.to_string()), places);
            }
        }
        _ => {}
    }
}

fn drop(document: &mut Json, place: &str) -> String {
    let (parent, last) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent) {
        Some(Json::Object(map)) => {
            map.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Json::Array(items)) => {
            items.remove(last.parse().unwrap());
        }
        _ => {}
    }
    "drop".into()
}

fn replace(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let numbers = [
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(7),
        json!(100),
        json!(101),
        json!(700),
        json!(2_147_483_647_i64),
        json!(2_147_483_648_i64),
        json!(1.5),
        json!("5"),
        json!("5x"),
        json!("25%"),
        json!("0"),
        json!(true),
        json!(null),
    ];
    let texts = [
        json!(""),
        json!("x"),
        json!("1"),
        json!("-1s"),
        json!("0s"),
        json!("1d"),
        json!("90s"),
        json!("1h30m"),
        json!("99999999999h"),
        json!("{{args.hash}}"),
        json!("{{args.unknown}}"),
        json!("{{"),
        json!("*"),
        json!("A_B"),
        json!("metadata.name"),
        json!("metadata.nothing"),
        json!(5),
        json!(true),
        json!({}),
        json!([]),
        json!(null),
    ];
    let others = [
        json!({}),
        json!([]),
        json!("x"),
        json!(null),
        json!([{}]),
        json!({"x": "y"}),
        json!(1),
    ];
    let value = document.pointer_mut(place).unwrap();
    let new = match value {
        Json::Number(_) => dice.pick(&numbers),
        Json::String(_) => dice.pick(&texts),
        Json::Bool(_) => return flip(value, dice),
        _ => dice.pick(&others),
    };
    *value = new.clone();
    format!("set {new}")
}

fn flip(value: &mut Json, dice: &mut Dice) -> String {
    *value = match dice.next(3) {
        0 => json!("true"),
        _ => json!(value != &json!(true)),
    };
    format!("set {value}")
}

fn swap(document: &mut Json, one: &str, other: &str) -> String {
    let (Some(a), Some(b)) = (document.pointer(one), document.pointer(other)) else {
        return "keep".into();
    };
    let (a, b) = (a.clone(), b.clone());
    if one.starts_with(other) || other.starts_with(one) {
        return "keep".into();
    }
    *document.pointer_mut(one).unwrap() = b;
    *document.pointer_mut(other).unwrap() = a;
    format!("swap with {other}")
}

/// An entry of a list twice, or a list the other way round.
fn again(document: &mut Json, place: &str) -> String {
    let (parent, last) = place.rsplit_once('/').unwrap();
    if let Some(Json::Array(items)) = document.pointer_mut(parent) {
        let entry = items[last.parse::<usize>().unwrap()].clone();
        items.push(entry);
        return "repeat".into();
    }
    if let Some(Json::Array(items)) = document.pointer_mut(place) {
        items.reverse();
        return "reverse".into();
    }
    "keep".into()
}

/// A field beside the one at `place` that such a map has elsewhere.
fn add(document: &mut Json, place: &str, pool: &Pool, dice: &mut Dice) -> String {
    let (parent, _) = place.rsplit_once('/').unwrap();
    let named = parent
        .rsplit('/')
        .find(|step| step.parse::<usize>().is_err())
        .unwrap_or_default();
    let fitting = pool.below(named);
    let Some(Json::Object(map)) = document.pointer_mut(parent) else {
        return "keep".into();
    };
    if fitting.is_empty() {
        return "keep".into();
    }
    let (key, value) = *dice.pick(&fitting);
    Map::insert(map, key.clone(), value.clone());
    format!("add {key}: {value} beside")
}
