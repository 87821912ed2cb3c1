//! YAML in and out: what is written is read back by our reader, by another one, and by Go's.

mod go;
mod layout;
mod reading;
mod refusals;
mod writing;

use tiphys::diagnostic::{Diagnostic, Diagnostics};
use tiphys::source::FileId;
use tiphys::syntax::yaml;
use tiphys::value::Value;

/// What our reader makes of a manifest file.
fn read(text: &str) -> Result<Vec<Value>, Vec<Diagnostic>> {
    let mut diags = Diagnostics::new();
    let documents = yaml::read_manifests(FileId(0), text, &mut diags);
    match diags.is_empty() {
        true => Ok(documents.iter().map(yaml::to_value).collect()),
        false => Err(diags.into_sorted()),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Str(text) => text.as_str().into(),
        Value::List(list) => list.iter().map(json).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (key.to_string(), json(value)))
            .collect(),
    }
}

/// Equal to JSON, which makes no difference between `3.0` and `3`.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (a, b) {
        (Number(a), Number(b)) if a.is_f64() || b.is_f64() => a.as_f64() == b.as_f64(),
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((key, a), (other, b))| key == other && same(a, b))
        }
        _ => a == b,
    }
}
