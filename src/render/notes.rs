//! Who wrote what, kept while a skeleton is filled. Switched off, it costs a branch.

use crate::draft::{Origin, Traced};
use crate::render::context::View;
use crate::render::fault::Place;
use crate::render::marker::Piece;
use crate::render::skeleton::{Key, Name};
use crate::value::pointer_step;

/// Who wrote the value at a pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub pointer: String,
    pub place: Place,
    /// The origin of a part of a spliced list or map.
    pub origin: Option<Origin>,
    /// The part of the draft, and the pointer in it, that the value was taken from.
    pub part: Option<(usize, String)>,
}

/// The notes of one value. `Notes::default()` keeps none.
#[derive(Debug, Default)]
pub struct Notes {
    pub is_on: bool,
    pub list: Vec<Note>,
    pointer: String,
}

impl Notes {
    pub fn on() -> Notes {
        Notes {
            is_on: true,
            ..Notes::default()
        }
    }

    /// Goes into a member; what it gives is for [`Notes::leave`].
    pub fn enter(&mut self, name: &str) -> usize {
        let length = self.pointer.len();
        if self.is_on {
            self.pointer.push('/');
            self.pointer.push_str(&pointer_step(name));
        }
        length
    }

    pub fn enter_item(&mut self, at: usize) -> usize {
        match self.is_on {
            true => self.enter(&at.to_string()),
            false => 0,
        }
    }

    pub fn leave(&mut self, length: usize) {
        self.pointer.truncate(length);
    }

    pub fn add(&mut self, place: Place) {
        self.push(place, None, None);
    }

    /// Notes the expressions of a text.
    pub fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            if let Piece::Slot(number) = piece {
                self.add(Place::Slot(*number));
            }
        }
    }

    /// Notes the expressions in a key, at the value of the key.
    pub fn key(&mut self, key: &Key) {
        if let Name::Marked(pieces) = &key.name {
            self.pieces(pieces);
        }
    }

    /// Notes a part of the context; `below` is the pointer from the view to the part.
    pub fn view(&mut self, view: &View, part: &Traced, below: &str, number: usize) {
        if self.is_on {
            let inside = view.root.part.map(|part| (part, view.pointer() + below));
            self.push(Place::Slot(number), Some(part.origin), inside);
        }
    }

    fn push(&mut self, place: Place, origin: Option<Origin>, part: Option<(usize, String)>) {
        if self.is_on {
            self.list.push(Note {
                pointer: self.pointer.clone(),
                place,
                origin,
                part,
            });
        }
    }
}
