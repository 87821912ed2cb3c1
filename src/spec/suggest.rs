//! What was meant: from the words that were written, in the form that their field takes.
//!
//! A suggestion is only ever a text that the field's own parser accepts.

use super::elsewhere;
use super::problem::distance;
use super::scalar::{Accepts, ScalarShape, one_of, plain_integer};
use super::shape::{Shape, StructShape};

/// Longer texts are not repeated in a help.
const LONGEST: usize = 60;
/// So many fields are all listed where none is near.
const MANY: usize = 6;
/// Of more fields so many are named.
const FEW: usize = 3;

/// A value as it is written for this shape: in quotes where a bare one would not be taken.
pub fn written(text: &str, shape: &ScalarShape) -> String {
    let bare = match shape.accepts {
        Accepts::Text => shape.words.contains(&text) || plain_integer(text).is_some(),
        Accepts::Integer | Accepts::Bool => true,
    };
    match bare {
        true => text.to_string(),
        false => format!("\"{text}\""),
    }
}

/// What to write instead of `text`, which the field did not take; the example of the shape where
/// nothing near to it would do.
pub fn value(text: &str, shape: &ScalarShape) -> String {
    let meant: Vec<_> = meant(text, shape)
        .iter()
        .map(|text| written(text, shape))
        .collect();
    let meant: Vec<_> = meant.iter().map(String::as_str).collect();
    match meant[..] {
        [] => format!("write it like `{}`", written(shape.example, shape)),
        _ => format!("write {}", one_of(&meant)),
    }
}

/// Texts that the shape accepts and that differ from `text` by one habit of other notations.
pub(super) fn meant(text: &str, shape: &ScalarShape) -> Vec<String> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let spaceless: String = text.split_whitespace().collect();
    let mut groups = vec![vec![text.to_string()], vec![spaceless.clone()]];
    groups.push(vec![spaceless.to_lowercase()]);
    if let Some(stem) = spaceless.strip_suffix(['B', 'b']) {
        groups.push(vec![stem.to_string(), format!("{stem}i")]);
    }
    let number = spaceless.trim_start_matches(['<', '>', '=']);
    let is_share = number.parse::<f64>().is_ok_and(|number| number >= 1.0);
    if is_share {
        let time = if number == spaceless { "s" } else { "ms" };
        groups.extend(["%", time, "rps", "Mi"].map(|unit| vec![format!("{spaceless}{unit}")]));
    }
    if let Some(sign @ ('/' | '<')) = shape.example.chars().next()
        && !spaceless.starts_with(sign)
    {
        groups.push(vec![format!("{sign}{spaceless}")]);
    }
    let accepted = |text: &String| (shape.check)(text).is_ok();
    groups
        .into_iter()
        .find(|group| group.iter().all(accepted))
        .unwrap_or_default()
}

/// A list that was written as one text: `steps 5 25 50` for `"5 25 50"`.
pub fn list(text: &str, name: &str, shape: &ScalarShape) -> Option<String> {
    let parts: Vec<_> = text
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let accepted = |part: &&str| (shape.check)(part).is_ok();
    if parts.is_empty() || text.len() > LONGEST || !parts.iter().all(accepted) {
        return None;
    }
    let parts: Vec<_> = parts.iter().map(|part| written(part, shape)).collect();
    Some(format!("{name} {}", parts.join(" ")))
}

/// Where a field would be that `within` does not have: positions of fields, outermost first.
pub fn place(name: &str, within: &StructShape) -> Option<Vec<usize>> {
    if let Some(field) = elsewhere::field(name, within) {
        return Some(vec![within.position(field)?]);
    }
    let own = near(name, within.fields.iter().map(|field| field.name));
    let within_blocks = within.fields.iter().enumerate().filter_map(|(at, field)| {
        let Shape::Struct(shape) = field.shape else {
            return None;
        };
        let (far, meant) = near(name, shape.fields.iter().map(|field| field.name))?;
        Some((far, vec![at, shape.position(meant)?]))
    });
    let inside = within_blocks.min_by_key(|(far, _)| *far);
    match (own, inside) {
        (Some((far, own)), Some((near, _))) if far <= near => Some(vec![within.position(own)?]),
        (_, Some((_, place))) => Some(place),
        (Some((_, own)), None) => Some(vec![within.position(own)?]),
        (None, None) => None,
    }
}

/// A port without a name: the first one is called by what it speaks.
pub fn port(number: &str) -> String {
    format!(
        "write `http {number}`, `grpc {number}` or `tcp {number}`; a further one has a name: `port \"metrics\" http={number}`"
    )
}

/// What to do about a field that `within` does not have.
pub fn field(name: &str, within: &StructShape, owner: &str) -> String {
    if let Some(help) = elsewhere::help(name, within) {
        return help;
    }
    let own = near(name, within.fields.iter().map(|field| field.name));
    let inside = inside(name, within);
    match (own, inside) {
        (Some((far, own)), Some((near, ..))) if far <= near => format!("did you mean `{own}`?"),
        (_, Some((0, _, places))) => format!("`{name}` belongs into {places}"),
        (_, Some((_, meant, places))) => {
            format!("did you mean `{meant}`? It belongs into {places}")
        }
        (Some((_, own)), None) => format!("did you mean `{own}`?"),
        (None, None) => names(name, within, owner),
    }
}

fn names(name: &str, within: &StructShape, owner: &str) -> String {
    let names: Vec<_> = within.fields.iter().map(|field| field.name).collect();
    match names.len() {
        0 => format!("{owner} has no fields"),
        1..=MANY => format!("{owner} has {}", one_of(&names).replace(" or ", " and ")),
        n_fields => {
            let mut names = names;
            names.sort_by_cached_key(|field| distance(name, field));
            let few = one_of(&names[..FEW]).replace(" or ", " and ");
            let path = super::reference::path_of(within).unwrap_or_default();
            format!(
                "{owner} has {n_fields} fields, {few} among them; \
                 `tiphys explain language {path}` lists all"
            )
        }
    }
}

/// The nearest of `names`, if it is near at all, and how far it is.
pub fn near<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let length = word.chars().count();
    let most = (1 + length / 4).min(length.saturating_sub(1));
    let names = names.into_iter();
    let alike = names.filter(|name| name.chars().count().abs_diff(length) <= most);
    let far = alike.map(|name| (distance(word, name), name));
    far.min().filter(|(far, _)| *far <= most)
}

/// Where a field of (nearly) that name is, one or two blocks further inside: how far the name is,
/// the name, and the blocks. Nothing where it could be in many places.
fn inside<'a>(name: &str, within: &'a StructShape) -> Option<(usize, &'a str, String)> {
    let blocks = blocks(within);
    let deeper = blocks.iter().flat_map(|(outer, shape)| {
        let inner = self::blocks(shape).into_iter();
        inner.map(move |(path, shape)| (format!("{outer} {{ {path} }}"), shape))
    });
    let levels = [blocks.clone(), deeper.collect()];
    let fields = |level: &[(String, &'a StructShape)]| {
        let fields = level.iter().flat_map(|(_, shape)| shape.fields);
        near(name, fields.map(|field| field.name))
    };
    let best = levels
        .iter()
        .filter_map(|level| Some((fields(level)?, level)));
    let ((far, meant), level) = best.min_by_key(|((far, _), _)| *far)?;
    let places = level
        .iter()
        .filter(|(_, shape)| shape.position(meant).is_some());
    let places: Vec<_> = places.map(|(path, _)| path.as_str()).collect();
    (places.len() <= 3).then(|| (far, meant, one_of(&places)))
}

/// The fields of a struct that are blocks with fields of their own and need no name.
fn blocks(within: &StructShape) -> Vec<(String, &'static StructShape)> {
    let mut blocks = Vec::new();
    for field in within.fields {
        match field.shape {
            Shape::Struct(shape) => blocks.push((field.name.to_string(), shape)),
            Shape::Tagged(tags) => {
                let tags = tags.iter();
                blocks.extend(tags.map(|(tag, shape)| (format!("{} {tag}", field.name), *shape)));
            }
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::super::field::Struct as _;
    use super::super::language::{Environment, Service};
    use super::super::scalar::Scalar;
    use super::super::text::{MountPath, Name, UrlPath};
    use super::super::unit::{Cpu, Duration, Memory, Percent, ShareLimit, TimeLimit};
    use super::*;

    #[test]
    fn a_value_is_suggested_as_it_was_meant() {
        let cases: &[(&str, &ScalarShape, &str)] = &[
            ("20", &Duration::SHAPE, "write `\"20s\"`"),
            ("20 s", &Duration::SHAPE, "write `\"20s\"`"),
            ("15M", &Duration::SHAPE, "write `\"15m\"`"),
            ("soon", &Duration::SHAPE, "write it like `\"15m\"`"),
            ("512MB", &Memory::SHAPE, "write `\"512M\"` or `\"512Mi\"`"),
            ("512", &Memory::SHAPE, "write `\"512Mi\"`"),
            ("99.9", &Percent::SHAPE, "write `\"99.9%\"`"),
            ("0.999", &Percent::SHAPE, "write it like `\"99.9%\"`"),
            ("<1", &ShareLimit::SHAPE, "write `\"<1%\"`"),
            ("500ms", &TimeLimit::SHAPE, "write `\"<500ms\"`"),
            ("<500", &TimeLimit::SHAPE, "write `\"<500ms\"`"),
            ("healthz", &UrlPath::SHAPE, "write `\"/healthz\"`"),
            ("/", &MountPath::SHAPE, "write it like `\"/data\"`"),
            ("data", &MountPath::SHAPE, "write `\"/data\"`"),
            ("Cart", &Name::SHAPE, "write `\"cart\"`"),
            ("0.5", &Cpu::SHAPE, "write `\"0.5\"`"),
            ("lots", &Cpu::SHAPE, "write it like `\"500m\"`"),
        ];
        for (text, shape, expected) in cases {
            assert_eq!(value(text, shape), *expected, "{text}");
        }
    }

    #[test]
    fn a_field_of_another_block_is_found_there() {
        let service = |name| field(name, Service::STRUCT, "`service`");
        let environment = |name| field(name, Environment::STRUCT, "`environment`");
        for (found, expected) in [
            (service("replicas"), "`replicas` belongs into `size`"),
            (
                service("replcias"),
                "did you mean `replicas`? It belongs into `size`",
            ),
            (service("memory"), "`memory` belongs into `size`"),
            (service("min"), "`min` belongs into `size { replicas }`"),
            (service("steps"), "`steps` belongs into `rollout canary`"),
            (service("call"), "did you mean `calls`?"),
            (
                environment("drain"),
                "`drain` belongs into `defaults` or `everywhere`",
            ),
        ] {
            assert_eq!(found, expected);
        }
        let many = service("xyzzy");
        assert!(
            many.ends_with("`tiphys explain language service` lists all"),
            "{many}"
        );
    }
}
