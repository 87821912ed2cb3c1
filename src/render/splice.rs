//! A skeleton and its values to one value.
//!
//! The rules that only filled-in manifests can break are checked here: nulls, empty peers, keys
//! that meet, `{{` where Argo reads it, and the size of the whole.

use std::collections::BTreeSet;

use crate::draft::{Node, Traced};
use crate::render::context::View;
use crate::render::fault::{self, Fault, Place, Point};
use crate::render::limits;
use crate::render::marker::{self, Piece};
use crate::render::notes::Notes;
use crate::render::scalar;
use crate::render::skeleton::{self, Bone, Key, Name, Shape, selects_peers};
use crate::render::slot::{self, Item, Leave, Slot};
use crate::value::{Map, Str, Value, pointer_step};

/// Fills a skeleton. `None` with at least one fault.
pub fn splice(root: &Bone, slots: &[Slot], notes: &mut Notes) -> Result<Value, Vec<Fault>> {
    let mut splicer = Splicer {
        slots,
        left: limits::VALUES,
        is_full: false,
        faults: Vec::new(),
        notes,
    };
    let value = splicer.bone(root, root.at);
    if value.is_none() && splicer.faults.is_empty() {
        splicer.faults.push(fault::null(place_of(root)));
    }
    match value {
        Some(value) if splicer.faults.is_empty() => Ok(value),
        _ => Err(splicer.faults),
    }
}

struct Splicer<'a> {
    slots: &'a [Slot],
    left: usize,
    /// Too much was written: what follows does not matter any more.
    is_full: bool,
    faults: Vec<Fault>,
    notes: &'a mut Notes,
}

/// Where a spliced value stands: what is allowed there and which expression wrote it.
#[derive(Clone, Copy)]
struct Site {
    number: usize,
    argo: bool,
    leave: Leave,
    depth: usize,
}

impl Splicer<'_> {
    /// `None` drops the value. `at` is the key of an entry, or the bone itself.
    fn bone(&mut self, bone: &Bone, at: Point) -> Option<Value> {
        match &bone.shape {
            Shape::Scalar(value) => {
                self.charge(value.as_str().map_or(0, str::len))?;
                self.notes.add(Place::Text(bone.at));
                Some(value.clone())
            }
            Shape::Slot(number) => self.slot(*number, bone.argo),
            Shape::Text(pieces) => {
                self.notes.add(Place::Text(bone.at));
                self.string(pieces, bone.argo).map(Value::Str)
            }
            Shape::List(items) => {
                self.charge(0)?;
                self.notes.add(Place::Text(at));
                Some(Value::List(self.list(items)))
            }
            Shape::Map(entries) => {
                self.charge(0)?;
                self.notes.add(Place::Text(at));
                Some(Value::Map(self.map(entries)))
            }
        }
    }

    fn list(&mut self, items: &[Bone]) -> Vec<Value> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            if self.is_full {
                break;
            }
            let length = self.notes.enter_item(list.len());
            list.extend(self.bone(item, item.at));
            self.notes.leave(length);
        }
        list
    }

    fn map(&mut self, entries: &[(Key, Bone)]) -> Map {
        let mut map = Map::with_capacity(entries.len());
        let is_static = entries
            .iter()
            .all(|(key, _)| matches!(key.name, Name::Text(_)));
        let mut names = BTreeSet::new();
        for (key, child) in entries {
            if self.is_full {
                break;
            }
            let Some(name) = self.key(key, child.argo) else {
                continue;
            };
            if !is_static && !names.insert(name.clone()) {
                self.faults.push(skeleton::duplicate(&name, key.at));
                continue;
            }
            let length = self.notes.enter(&name);
            self.notes.key(key);
            if let Some(value) = self.entry(&name, key, child) {
                map.push(name, value);
            }
            self.notes.leave(length);
        }
        map
    }

    fn key(&mut self, key: &Key, argo: bool) -> Option<Str> {
        match &key.name {
            Name::Text(name) => Some(name.clone()),
            Name::Marked(pieces) => match pieces.as_slice() {
                [Piece::Slot(number)] if matches!(self.item(*number), Some(Item::Absent)) => None,
                _ => self.text(pieces, argo),
            },
        }
    }

    fn entry(&mut self, name: &Str, key: &Key, child: &Bone) -> Option<Value> {
        if !key.selects_peers && (!key.is_marked() || !selects_peers(name)) {
            return self.bone(child, key.at);
        }
        let number = match child.shape {
            Shape::Slot(number) => Some(number),
            _ => None,
        };
        let slot = number.and_then(|number| self.slots.get(number));
        if let Some(Item::Any) = slot.map(|slot| &slot.item) {
            self.notes.add(place_of(child));
            return (name.ends_with("Selector") || name == "matchLabels")
                .then(|| Value::Map(Map::new()));
        }
        let value = self.bone(child, key.at)?;
        let is_left = slot.is_some_and(|slot| {
            slot.leave != Leave::Nothing
                || matches!(&slot.item, Item::View(view) if view.root.part.is_some())
        });
        if is_empty(&value) && !is_left {
            let place = number.map_or(Place::Text(key.at), Place::Slot);
            self.faults.push(fault::empty_peers(name, place));
        }
        Some(value)
    }

    fn item(&self, number: usize) -> Option<&Item> {
        self.slots.get(number).map(|slot| &slot.item)
    }

    fn slot(&mut self, number: usize, argo: bool) -> Option<Value> {
        let Some(slot) = self.slots.get(number) else {
            self.faults.push(marker::fault(Place::Whole));
            return None;
        };
        let site = Site {
            number,
            argo,
            leave: slot.leave,
            depth: 0,
        };
        self.filled(slot, site)
    }

    fn filled(&mut self, slot: &Slot, site: Site) -> Option<Value> {
        let place = Place::Slot(site.number);
        match &slot.item {
            Item::Absent => None,
            Item::Any => self.fail(fault::misplaced_any(place)),
            Item::Bad(fault) => self.fail(fault.clone()),
            Item::Scalar(Value::Null) if site.leave != Leave::All => self.fail(fault::null(place)),
            Item::Scalar(value) => {
                self.notes.add(place);
                self.checked(value, site)
            }
            Item::View(view) => self.view(view, view.value(), "", site),
            Item::List(items) => {
                self.charge(0)?;
                self.notes.add(place);
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    if self.is_full {
                        break;
                    }
                    let length = self.notes.enter_item(list.len());
                    list.extend(self.filled(item, site.below(item.leave)));
                    self.notes.leave(length);
                }
                Some(Value::List(list))
            }
            Item::Map(entries) => {
                self.charge(0)?;
                self.notes.add(place);
                Some(Value::Map(self.built(entries, site)))
            }
        }
    }

    fn built(&mut self, entries: &[(Str, Slot)], site: Site) -> Map {
        let mut map = Map::with_capacity(entries.len());
        for (name, slot) in entries {
            if self.is_full {
                break;
            }
            let length = self.notes.enter(name);
            let below = site.below(slot.leave);
            if let Some(value) = self.filled(slot, below) {
                self.check_peers(name, &value, below);
                map.push(name.clone(), value);
            }
            self.notes.leave(length);
        }
        map
    }

    /// Copies a part of the context. `below` is the pointer from the view to the part.
    fn view(&mut self, view: &View, part: &Traced, below: &str, site: Site) -> Option<Value> {
        if site.depth > limits::DEPTH {
            return self.fail(skeleton::too_deep(Place::Slot(site.number)));
        }
        self.notes.view(view, part, below, site.number);
        match &part.node {
            Node::List(items) => {
                self.charge(0)?;
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    if self.is_full {
                        break;
                    }
                    let length = self.notes.enter_item(at);
                    let inner = self.inner(below, || at.to_string());
                    list.extend(self.view(view, item, &inner, site.below(site.leave)));
                    self.notes.leave(length);
                }
                Some(Value::List(list))
            }
            Node::Map(entries) => {
                self.charge(0)?;
                let mut map = Map::with_capacity(entries.len());
                for (name, item) in entries {
                    if self.is_full {
                        break;
                    }
                    let length = self.notes.enter(name);
                    let inner = self.inner(below, || pointer_step(name));
                    if let Some(value) = self.view(view, item, &inner, site.below(site.leave)) {
                        self.check_name(name, site);
                        if view.root.part.is_none() {
                            self.check_peers(name, &value, site);
                        }
                        map.push(name.clone(), value);
                    }
                    self.notes.leave(length);
                }
                Some(Value::Map(map))
            }
            Node::Null if site.leave != Leave::All && view.root.part.is_none() => {
                self.fail(fault::nested_null(Place::Slot(site.number), below))
            }
            Node::Str(text) => {
                let site = Site {
                    argo: site.argo && view.root.part.is_none(),
                    ..site
                };
                self.checked(&Value::Str(text.clone()), site)
            }
            _ => self.checked(&part.to_value(), site),
        }
    }

    fn inner(&self, below: &str, step: impl FnOnce() -> String) -> String {
        match self.notes.is_on {
            true => format!("{below}/{}", step()),
            false => String::new(),
        }
    }

    fn checked(&mut self, value: &Value, site: Site) -> Option<Value> {
        let text = value.as_str().unwrap_or("");
        self.charge(text.len())?;
        let place = Place::Slot(site.number);
        if marker::is_marked(text) {
            return self.fail(marker::fault(place));
        }
        if site.argo && text.contains("{{") {
            return self.fail(fault::argo(place));
        }
        Some(value.clone())
    }

    fn check_name(&mut self, name: &str, site: Site) {
        let place = Place::Slot(site.number);
        if marker::is_marked(name) {
            self.faults.push(marker::fault(place));
        }
        if site.argo && name.contains("{{") {
            self.faults.push(fault::argo(place));
        }
    }

    fn check_peers(&mut self, name: &str, value: &Value, site: Site) {
        if is_empty(value) && site.leave == Leave::Nothing && selects_peers(name) {
            self.faults
                .push(fault::empty_peers(name, Place::Slot(site.number)));
        }
    }

    fn string(&mut self, pieces: &[Piece], argo: bool) -> Option<Str> {
        self.notes.pieces(pieces);
        self.text(pieces, argo)
    }

    fn text(&mut self, pieces: &[Piece], argo: bool) -> Option<Str> {
        let mut text = Str::new();
        let mut ends = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Slot(number) => self.interpolate(*number, &mut text)?,
            }
            if argo {
                ends.push((text.len(), piece));
            }
            self.charge(0)?;
        }
        self.charge(text.len())?;
        if argo && text.contains("{{") {
            self.check_braces(&text, &ends);
        }
        Some(text)
    }

    fn interpolate(&mut self, number: usize, text: &mut Str) -> Option<()> {
        let place = Place::Slot(number);
        match self.item(number) {
            Some(Item::Scalar(Value::Null)) => self.fail(fault::null(place)),
            Some(Item::Scalar(value)) => {
                let is_written = scalar::write_scalar(value, text);
                debug_assert!(is_written, "lists and maps are no scalars");
                Some(())
            }
            Some(Item::Bad(fault)) => {
                let fault = fault.clone();
                self.fail(fault)
            }
            _ => self.fail(slot::not_a_text(place)),
        }
    }

    /// Every `{{` must stand in one piece of the template's own text: a value may neither hold one
    /// nor complete one.
    fn check_braces(&mut self, text: &str, pieces: &[(usize, &Piece)]) {
        for (at, pair) in text.as_bytes().windows(2).enumerate() {
            let piece = pieces.partition_point(|(end, _)| *end <= at);
            let Some((end, what)) = pieces.get(piece) else {
                return;
            };
            let is_written = matches!(what, Piece::Text(_)) && at + 1 < *end;
            if pair != b"{{" || is_written {
                continue;
            }
            let slot = pieces[piece..].iter().find_map(|(_, what)| match what {
                Piece::Slot(number) => Some(*number),
                Piece::Text(_) => None,
            });
            self.faults
                .push(fault::argo(slot.map_or(Place::Whole, Place::Slot)));
            return;
        }
    }

    fn fail<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// `None` when the result is too large; then everything above is dropped too.
    fn charge(&mut self, bytes: usize) -> Option<()> {
        match self.left.checked_sub(bytes + limits::VALUE) {
            Some(left) => {
                self.left = left;
                Some(())
            }
            None => {
                if !self.is_full {
                    self.faults.push(slot::too_much());
                }
                self.is_full = true;
                None
            }
        }
    }
}

impl Site {
    fn below(self, leave: Leave) -> Site {
        Site {
            leave: if leave == Leave::Nothing {
                self.leave
            } else {
                leave
            },
            depth: self.depth + 1,
            ..self
        }
    }
}

fn place_of(bone: &Bone) -> Place {
    match bone.shape {
        Shape::Slot(number) => Place::Slot(number),
        _ => Place::Text(bone.at),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}
