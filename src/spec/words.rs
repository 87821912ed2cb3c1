//! Which words of a KDL file stand without quotes: those of enumerations that are arguments.

use super::document::Role;
use super::shape::{Shape, StructShape};

/// Whether `word` is a word of the language as an argument of the last node of `path`, which
/// begins with the root of a file. For [`crate::syntax::kdl::format::format`].
pub fn stays_bare(path: &[&str], word: &str) -> bool {
    let Some((root, rest)) = path.split_first() else {
        return false;
    };
    let Some(shape) = Role::of_word(root).map(|role| role.shape()) else {
        return false;
    };
    let Some((last, above)) = rest.split_last() else {
        return is_argument(shape, word);
    };
    let mut shapes = vec![shape];
    for name in above {
        shapes = shapes.iter().flat_map(|shape| below(shape, name)).collect();
    }
    let fields = shapes.iter().filter_map(|shape| field(shape, last));
    fields.into_iter().any(|shape| takes(shape, word))
}

fn field(shape: &'static StructShape, name: &str) -> Option<&'static Shape> {
    shape.position(name).map(|at| &shape.fields[at].shape)
}

/// The structs in whose block the children of a field stand.
fn below(shape: &'static StructShape, name: &str) -> Vec<&'static StructShape> {
    match field(shape, name) {
        Some(Shape::Struct(shape) | Shape::Map(shape) | Shape::Group(shape)) => vec![shape],
        Some(Shape::List(shape)) => vec![shape],
        Some(Shape::Tagged(tags)) => tags.iter().map(|(_, shape)| *shape).collect(),
        _ => Vec::new(),
    }
}

fn takes(shape: &Shape, word: &str) -> bool {
    match shape {
        Shape::Scalar(scalar) | Shape::Sequence(scalar) | Shape::Set(scalar) => {
            scalar.words.contains(&word)
        }
        Shape::Struct(shape) | Shape::Map(shape) | Shape::Group(shape) | Shape::List(shape) => {
            is_argument(shape, word)
        }
        Shape::Tagged(tags) => tags.iter().any(|(tag, _)| *tag == word),
        _ => false,
    }
}

fn is_argument(shape: &StructShape, word: &str) -> bool {
    let arguments = shape.fields.iter().filter(|field| field.argument);
    arguments.into_iter().any(|field| match field.shape {
        Shape::Scalar(scalar) => scalar.words.contains(&word),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_enumerations_stay_bare_where_they_are_arguments() {
        let cases: &[(&[&str], &str, bool)] = &[
            (&["environment", "sync"], "auto", true),
            (&["environment", "sync"], "weekly", false),
            (&["environment", "window"], "deny", true),
            (&["environment", "defaults", "rollout"], "canary", true),
            (&["service", "rollout"], "blue-green", true),
            (&["service", "rollout", "preset"], "rapid", true),
            (&["service", "tier"], "critical", true),
            (&["service", "calls"], "auto", false),
            (&["service", "remove", "rollout"], "canary", false),
            (&["environment"], "auto", false),
            (&["shop", "sync"], "auto", false),
            (&[], "auto", false),
        ];
        for (path, word, expected) in cases {
            assert_eq!(stays_bare(path, word), *expected, "{path:?} {word}");
        }
    }
}
