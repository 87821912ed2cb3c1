//! What the reader of other people's manifests allows beyond the others: anchors with aliases,
//! merge keys and the tags that change nothing, as Go's reader does.

use saphyr_parser::Tag;

use crate::syntax::{Scalar, ScalarKind, Yaml, YamlKind};

/// Lists and maps in one another.
pub(super) const DEEPEST: usize = 128;

/// Values that the aliases of one document may stand for, all together.
pub(super) const EXPANDED: usize = 200_000;

/// Values of one document, written out: ten thousand objects in one list have a tenth of it.
pub(super) const MOST: usize = 8_000_000;

/// What a tag makes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// What it would be without the tag.
    Plain,
    Text,
}

/// `None` for tags that are refused.
pub(super) fn reading(tag: Option<&Tag>) -> Option<Reading> {
    let Some(tag) = tag else {
        return Some(Reading::Plain);
    };
    match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
        (true, "str") => Some(Reading::Text),
        (true, "map" | "seq") => Some(Reading::Plain),
        _ => None,
    }
}

/// Values within a value, itself included, and how deep they stand in one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) values: usize,
    pub(super) depth: usize,
}

impl Size {
    /// Of a collection with such parts; of a scalar without parts.
    pub(super) fn around(parts: impl Iterator<Item = Size>) -> Size {
        let around = parts.fold(Size::default(), |all, one| Size {
            values: all.values + one.values,
            depth: all.depth.max(one.depth),
        });
        Size {
            values: around.values + 1,
            depth: around.depth + 1,
        }
    }
}

pub(super) fn size(tree: &Yaml) -> Size {
    match &tree.kind {
        YamlKind::Scalar(_) => Size::around(std::iter::empty()),
        YamlKind::List(list) => Size::around(list.iter().map(size)),
        YamlKind::Map(entries) => Size::around(entries.iter().map(|(_, part)| size(part))),
    }
}

/// Puts the members of merged maps behind those of the map itself, which win. `false` where
/// something else than a map was to be merged.
pub(super) fn merge(entries: &mut Vec<(Scalar, Yaml)>, from: Yaml) -> bool {
    match from.kind {
        YamlKind::Map(others) => {
            for (key, value) in others {
                if !entries.iter().any(|(known, _)| known.text == key.text) {
                    entries.push((key, value));
                }
            }
            true
        }
        YamlKind::List(list) => list
            .into_iter()
            .all(|one| matches!(one.kind, YamlKind::Map(_)) && merge(entries, one)),
        YamlKind::Scalar(_) => false,
    }
}

/// Takes the values of merge keys out of the members of a map.
pub(super) fn merged(entries: &mut Vec<(Scalar, Yaml)>) -> Vec<(Scalar, Yaml)> {
    entries
        .extract_if(.., |(key, _)| is_merge_key(key))
        .collect()
}

/// A merge key keeps its kind apart from a string that is spelt the same: it counts as a null.
pub(super) fn is_merge_key(key: &Scalar) -> bool {
    key.kind == ScalarKind::Null && key.text == "<<"
}
