//! A value and the way to it, kept on the stack: the pointer is only written when there is
//! something to report, so a check that finds nothing allocates nothing.

use crate::diagnostic::{Code, Severity};
use crate::manifest::Finding;
use crate::value::{Map, Value, pointer_step};

/// One value inside an object. `'v` is the object's life, `'p` that of the cursors above.
#[derive(Clone, Copy)]
pub struct Cursor<'v, 'p> {
    value: &'v Value,
    parent: Option<&'p Cursor<'v, 'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    /// Plain field names, joined by slashes.
    Fields(&'p str),
    Item(&'p str, usize),
    Entry(&'p str, &'p str),
}

impl<'v, 'p> Cursor<'v, 'p> {
    /// The object itself.
    pub fn root(value: &'v Value) -> Cursor<'v, 'p> {
        Cursor {
            value,
            parent: None,
            step: Step::Root,
        }
    }

    pub fn value(&self) -> &'v Value {
        self.value
    }

    /// The value behind field names joined by slashes. A null counts as absent, as it does for
    /// the API server.
    pub fn find(&self, path: &str) -> Option<&'v Value> {
        let found = walk(self.value, path)?;
        (!matches!(found, Value::Null)).then_some(found)
    }

    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    pub fn str(&self, path: &str) -> Option<&'v str> {
        self.find(path)?.as_str()
    }

    /// The text, or empty where there is none.
    pub fn text(&self, path: &str) -> &'v str {
        self.str(path).unwrap_or("")
    }

    pub fn int(&self, path: &str) -> Option<i64> {
        self.find(path)?.as_int()
    }

    pub fn flag(&self, path: &str) -> Option<bool> {
        self.find(path)?.as_bool()
    }

    pub fn map(&self, path: &str) -> Option<&'v Map> {
        self.find(path)?.as_map()
    }

    /// How many entries the list or map has; what is absent has none.
    pub fn len(&self, path: &str) -> usize {
        match self.find(path) {
            Some(Value::List(list)) => list.len(),
            Some(Value::Map(map)) => map.len(),
            _ => 0,
        }
    }

    /// The cursor of a present value.
    pub fn at<'c>(&'c self, path: &'c str) -> Option<Cursor<'v, 'c>> {
        Some(Cursor {
            value: self.find(path)?,
            parent: Some(self),
            step: Step::Fields(path),
        })
    }

    /// The items of the list at `path`, none where there is no list.
    pub fn list<'c>(&'c self, path: &'c str) -> impl Iterator<Item = Cursor<'v, 'c>> {
        let items = match self.find(path) {
            Some(Value::List(list)) => list.as_slice(),
            _ => &[],
        };
        items.iter().enumerate().map(move |(index, value)| Cursor {
            value,
            parent: Some(self),
            step: Step::Item(path, index),
        })
    }

    /// The entries of the map at `path`, none where there is no map.
    pub fn entries<'c>(&'c self, path: &'c str) -> impl Iterator<Item = (&'v str, Cursor<'v, 'c>)>
    where
        'v: 'c,
    {
        let entries = self.map(path).map_or(&[][..], Map::entries);
        entries.iter().map(move |(key, value)| {
            let cursor = Cursor {
                value,
                parent: Some(self),
                step: Step::Entry(path, key),
            };
            (key.as_str(), cursor)
        })
    }

    /// The JSON pointer of this value.
    pub fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Cursor::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Fields(path) => pointer.extend(["/", path]),
            Step::Item(path, index) => pointer.push_str(&format!("/{path}/{index}")),
            Step::Entry(path, key) => {
                pointer.push_str(&format!("/{path}/{}", pointer_step(key)));
            }
        }
        pointer
    }

    /// A finding about this value.
    pub fn error(&self, code: &'static Code, message: impl Into<String>) -> Finding {
        Finding::error(code, self.pointer(), message)
    }

    /// A finding about the field at `path`, present or not.
    pub fn error_at(&self, path: &str, code: &'static Code, message: impl Into<String>) -> Finding {
        Finding::error(code, format!("{}/{path}", self.pointer()), message)
    }

    /// Like [`Cursor::error_at`], for what is accepted and hardly meant.
    pub fn warning_at(
        &self,
        path: &str,
        code: &'static Code,
        message: impl Into<String>,
    ) -> Finding {
        let mut finding = self.error_at(path, code, message);
        finding.severity = Severity::Warning;
        finding
    }

    /// Like [`Cursor::error_at`], for what somebody may want to know.
    pub fn note_at(&self, path: &str, code: &'static Code, message: impl Into<String>) -> Finding {
        let mut finding = self.error_at(path, code, message);
        finding.severity = Severity::Note;
        finding
    }
}

/// Most paths are one name: no splitting for those.
fn walk<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    match path.bytes().position(|byte| byte == b'/') {
        None => value.get(path),
        Some(at) => walk(value.get(&path[..at])?, &path[at + 1..]),
    }
}

/// Does an earlier item of the list have the same key? Quadratic, for lists of a few items.
pub fn repeated<'v, K: PartialEq>(
    list: &'v [Value],
    index: usize,
    key: impl Fn(&'v Value) -> Option<K>,
) -> bool {
    let Some(this) = list.get(index).and_then(&key) else {
        return false;
    };
    list.iter()
        .take(index)
        .any(|item| key(item).as_ref() == Some(&this))
}
