//! The side list: what each expression of a template gave, outside of the text.

use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, ValueKind};
use minijinja::{Error, Output, State};

use crate::render::codes;
use crate::render::context::View;
use crate::render::fault::{Fault, Place};
use crate::render::limits;
use crate::render::marker::{self, Piece};
use crate::render::scalar;
use crate::value::{Str, Value};

type Dynamic = minijinja::Value;

/// What one expression gave.
#[derive(Debug)]
pub struct Slot {
    pub item: Item,
    pub leave: Leave,
}

/// What a template lets pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leave {
    #[default]
    Nothing,
    /// `| any`: empty selectors and lists of peers.
    Empty,
    /// `| verbatim`: nulls too.
    All,
}

/// The shapes of what an expression gave.
#[derive(Debug)]
pub enum Item {
    /// `| optional` of a null.
    Absent,
    /// The constant `any`.
    Any,
    /// A scalar, or null.
    Scalar(Value),
    /// A list or map of the context, as it stands there.
    View(View),
    /// Built by the template.
    List(Vec<Slot>),
    /// Built by the template.
    Map(Vec<(Str, Slot)>),
    Bad(Fault),
}

/// What the filters `optional`, `any` and `verbatim` and the constant `any` give.
#[derive(Debug)]
pub enum Mark {
    Absent,
    Any,
    Leave(Leave, Dynamic),
}

impl Object for Mark {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Err(std::fmt::Error)
    }
}

/// All slots of one rendering.
#[derive(Debug)]
pub struct Slots {
    pub list: Vec<Slot>,
    mark: String,
    left: usize,
}

impl Default for Slots {
    fn default() -> Slots {
        Slots {
            list: Vec::new(),
            mark: String::new(),
            left: limits::VALUES,
        }
    }
}

/// The formatter of the engine: keeps the value and writes its mark.
pub fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Dynamic,
) -> Result<usize, Error> {
    let slots = state.get_or_insert_extension_with(Slots::default);
    let number = slots.push(value)?;
    marker::write(number, &mut slots.mark);
    out.write_str(&slots.mark)?;
    Ok(number)
}

impl Slots {
    fn push(&mut self, value: &Dynamic) -> Result<usize, Fault> {
        let number = self.list.len();
        if number >= limits::SLOTS {
            let message = format!("writes more than {} values", limits::SLOTS);
            return Err(Fault::new(codes::TEMPLATE_LIMIT, Place::Whole, message));
        }
        let slot = self.convert(value, Place::Slot(number), 0)?;
        self.list.push(slot);
        Ok(number)
    }

    fn convert(&mut self, value: &Dynamic, place: Place, depth: usize) -> Result<Slot, Fault> {
        if depth > limits::DEPTH {
            return Err(crate::render::skeleton::too_deep(Place::Whole));
        }
        let mut leave = Leave::Nothing;
        let item = match value.downcast_object_ref::<Mark>() {
            Some(Mark::Absent) => Item::Absent,
            Some(Mark::Any) => Item::Any,
            Some(Mark::Leave(what, inner)) => {
                leave = *what;
                self.convert(inner, place, depth + 1)?.item
            }
            None => self.item(value, place, depth)?,
        };
        Ok(Slot { item, leave })
    }

    fn item(&mut self, value: &Dynamic, place: Place, depth: usize) -> Result<Item, Fault> {
        if let Some(view) = value.downcast_object_ref::<View>() {
            return Ok(Item::View(view.clone()));
        }
        let bad = |what: &str| Item::Bad(Fault::new(codes::TEMPLATE_VALUE, place, what));
        Ok(match value.kind() {
            ValueKind::None => Item::Scalar(Value::Null),
            ValueKind::Bool => Item::Scalar(Value::Bool(value.is_true())),
            ValueKind::Number => match number(value) {
                Some(number) => Item::Scalar(number),
                None => bad("is a number that no manifest can hold"),
            },
            ValueKind::String => self.text(value.as_str().unwrap_or(""), place)?,
            ValueKind::Seq | ValueKind::Iterable => self.list(value, place, depth)?,
            ValueKind::Map => self.map(value, place, depth)?,
            ValueKind::Undefined => Item::Bad(
                Fault::new(codes::TEMPLATE_UNDEFINED, place, "has no value here")
                    .help("write the `else` branch of the expression"),
            ),
            _ => bad("is not a value that a manifest can hold"),
        })
    }

    /// A text that was captured by `{% set %}` or a macro holds marks: they are filled in.
    fn text(&mut self, text: &str, place: Place) -> Result<Item, Fault> {
        self.charge(text.len())?;
        if !marker::is_marked(text) {
            return Ok(Item::Scalar(Value::Str(text.into())));
        }
        let Some(pieces) = marker::split(text) else {
            return Ok(Item::Bad(marker::fault(place)));
        };
        let mut filled = Str::new();
        for piece in &pieces {
            match piece {
                Piece::Text(part) => filled.push_str(part),
                Piece::Slot(number) => match self.list.get(*number).map(|slot| &slot.item) {
                    Some(Item::Scalar(value)) if scalar::write_scalar(value, &mut filled) => {}
                    _ => return Ok(Item::Bad(not_a_text(place))),
                },
            }
            if filled.len() > limits::TEXT {
                return Err(too_much());
            }
        }
        self.charge(filled.len())?;
        Ok(Item::Scalar(Value::Str(filled)))
    }

    fn list(&mut self, value: &Dynamic, place: Place, depth: usize) -> Result<Item, Fault> {
        let Ok(items) = value.try_iter() else {
            return Ok(Item::Bad(Fault::new(
                codes::TEMPLATE_VALUE,
                place,
                "cannot be listed",
            )));
        };
        let mut list = Vec::new();
        for item in items.checked() {
            self.charge(0)?;
            let item = item.map_err(|error| engine_fault(&error, place))?;
            list.push(self.convert(&item, place, depth + 1)?);
        }
        Ok(Item::List(list))
    }

    fn map(&mut self, value: &Dynamic, place: Place, depth: usize) -> Result<Item, Fault> {
        let mut map = Vec::new();
        let keys = value
            .try_iter()
            .map_err(|error| engine_fault(&error, place))?;
        for key in keys.checked() {
            self.charge(0)?;
            let key = key.map_err(|error| engine_fault(&error, place))?;
            let name = match key.as_str() {
                Some(name) if !marker::is_marked(name) => Str::from(name),
                _ => {
                    let message = "has a key that is not a text";
                    return Ok(Item::Bad(Fault::new(codes::TEMPLATE_VALUE, place, message)));
                }
            };
            let item = value
                .get_item(&key)
                .map_err(|error| engine_fault(&error, place))?;
            map.push((name, self.convert(&item, place, depth + 1)?));
        }
        Ok(Item::Map(map))
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        match self.left.checked_sub(bytes + limits::VALUE) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(too_much()),
        }
    }
}

/// The fault of a template whose values take too much memory.
pub fn too_much() -> Fault {
    let message = format!("writes values of more than {} MiB", limits::VALUES >> 20);
    Fault::new(codes::TEMPLATE_LIMIT, Place::Whole, message)
}

/// The fault of a list, map or missing value inside of a text.
pub fn not_a_text(place: Place) -> Fault {
    Fault::new(
        codes::TEMPLATE_VALUE,
        place,
        "stands inside a text, where only a string, a number or a boolean can",
    )
    .help("give the value a field of its own, or write it as a text first")
}

fn engine_fault(error: &Error, place: Place) -> Fault {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<Fault>()) {
        Some(fault) => fault.clone(),
        None => Fault::new(codes::TEMPLATE_VALUE, place, "cannot be read"),
    }
}

fn number(value: &Dynamic) -> Option<Value> {
    if value.is_integer() {
        return value.as_i64().map(Value::Int);
    }
    let number = f64::try_from(value.clone()).ok()?;
    number.is_finite().then_some(Value::Float(number))
}
