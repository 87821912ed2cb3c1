//! The context of a draft as the template engine sees it: nothing is converted before a template
//! touches it, and lists and maps come back from the engine as the places that they are.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind};

use crate::draft::{Node, Traced};
use crate::render::marker;
use crate::value::Str;

type Dynamic = minijinja::Value;

/// A value that a template may read, with everything below it.
#[derive(Debug)]
pub struct Root {
    pub value: Traced,
    /// The number of the part that this value is; the draft's own context has none.
    pub part: Option<usize>,
}

/// All that a template may read by name.
#[derive(Debug)]
pub struct Context {
    pub own: Arc<Root>,
    pub parts: Vec<(Str, Arc<Root>)>,
}

impl Context {
    /// The value of that name; parts come first.
    pub fn find(&self, name: &str) -> Option<View> {
        let part = self.parts.iter().find(|(key, _)| key == name);
        match part {
            Some((_, root)) => Some(View::new(root.clone())),
            None => View::new(self.own.clone()).child(name),
        }
    }
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Dynamic> {
        Some(self.find(key)?.into_dynamic())
    }
}

/// A place in a [`Root`].
#[derive(Clone)]
pub struct View {
    pub root: Arc<Root>,
    /// Positions in lists and maps, from the top.
    path: Vec<u32>,
}

impl View {
    pub fn new(root: Arc<Root>) -> View {
        View {
            root,
            path: Vec::new(),
        }
    }

    pub fn value(&self) -> &Traced {
        self.path.iter().fold(&self.root.value, |value, at| {
            let at = *at as usize;
            let below = match &value.node {
                Node::List(list) => list.get(at),
                Node::Map(map) => map.get(at).map(|(_, part)| part),
                _ => None,
            };
            below.unwrap_or(value)
        })
    }

    /// The member of a map.
    pub fn child(&self, name: &str) -> Option<View> {
        let Node::Map(map) = &self.value().node else {
            return None;
        };
        let at = map.iter().position(|(key, _)| key == name)?;
        Some(self.below(at))
    }

    /// The item of a list.
    pub fn item(&self, at: usize) -> Option<View> {
        match &self.value().node {
            Node::List(list) if at < list.len() => Some(self.below(at)),
            _ => None,
        }
    }

    fn below(&self, at: usize) -> View {
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(u32::try_from(at).unwrap_or(u32::MAX));
        View {
            root: self.root.clone(),
            path,
        }
    }

    /// The JSON pointer from the top of the root.
    pub fn pointer(&self) -> String {
        let mut value = &self.root.value;
        let mut pointer = String::new();
        for at in &self.path {
            let at = *at as usize;
            match &value.node {
                Node::List(list) => {
                    pointer.push_str(&format!("/{at}"));
                    value = &list[at];
                }
                Node::Map(map) => {
                    pointer.push('/');
                    pointer.push_str(&crate::value::pointer_step(&map[at].0));
                    value = &map[at].1;
                }
                _ => {}
            }
        }
        pointer
    }

    /// A scalar as a value of the engine, a list or map as an object that remembers its place.
    pub fn into_dynamic(self) -> Dynamic {
        match &self.value().node {
            Node::Null => Dynamic::from(()),
            Node::Bool(flag) => Dynamic::from(*flag),
            Node::Int(number) => Dynamic::from(*number),
            Node::Float(number) => Dynamic::from(*number),
            Node::Str(text) if marker::is_marked(text) => {
                let fault = marker::fault(crate::render::fault::Place::Whole);
                Dynamic::from(Error::from(fault))
            }
            Node::Str(text) => Dynamic::from(text.as_str()),
            Node::List(_) | Node::Map(_) => Dynamic::from_object(self),
        }
    }

    fn len(&self) -> usize {
        match &self.value().node {
            Node::List(list) => list.len(),
            Node::Map(map) => map.len(),
            _ => 0,
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.value().to_value())
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match &self.value().node {
            Node::List(_) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        match &self.value().node {
            Node::List(_) => Some(self.item(key.as_usize()?)?.into_dynamic()),
            _ => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Dynamic> {
        Some(self.child(key)?.into_dynamic())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.value().node {
            Node::List(list) => Enumerator::Seq(list.len()),
            Node::Map(map) => {
                Enumerator::Values(map.iter().map(|(key, _)| key_value(key)).collect())
            }
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

fn key_value(key: &Str) -> Dynamic {
    if marker::is_marked(key) {
        return Dynamic::from(Error::new(
            ErrorKind::InvalidOperation,
            "a reserved character",
        ));
    }
    Dynamic::from(key.as_str())
}
