//! The template engine with everything closed that a manifest does not need: no files, no clock,
//! no state across loops, no text that passes as structure.

use std::io;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value as Dynamic,
};

use crate::render::context::Context;
use crate::render::filters;
use crate::render::limits;
use crate::render::slot::{self, Slot, Slots};

/// Filters of the engine that write text for other purposes, or need what is not there.
const NO_FILTERS: [&str; 7] = [
    "e", "escape", "format", "indent", "pprint", "safe", "tojson",
];
/// `namespace` would carry state from one turn of a loop to the next.
const NO_GLOBALS: [&str; 2] = ["debug", "namespace"];

/// What one rendering gave: a text with marks, and the values that they stand for.
#[derive(Debug)]
pub struct Rendered {
    pub text: String,
    pub slots: Vec<Slot>,
}

/// An environment without templates.
pub fn new() -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_syntax(syntax()?);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_debug(false);
    env.set_fuel(Some(limits::STEPS));
    env.set_recursion_limit(limits::RECURSION);
    for name in NO_FILTERS {
        env.remove_filter(name);
    }
    for name in NO_GLOBALS {
        env.remove_global(name);
    }
    filters::add(&mut env);
    env.set_formatter(
        |out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Dynamic| {
            slot::write(out, state, value).map(|_| ())
        },
    );
    Ok(env)
}

/// `${ }` for values; lines of statements alone leave no trace in the text.
fn syntax() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder()
        .variable_delimiters("${", "}")
        .block_delimiters("{%", "%}")
        .comment_delimiters("{#", "#}")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
}

/// Renders one template.
pub fn run(
    env: &Environment<'static>,
    name: &str,
    context: &Arc<Context>,
) -> Result<Rendered, Error> {
    let template = env.get_template(name)?;
    let mut sink = Sink(Vec::with_capacity(template.source().len()));
    let root = Dynamic::from_dyn_object(context.clone());
    let mut captured = template.render_captured_to(root, &mut sink)?;
    let slots =
        captured.with_state_mut(|state| state.get_extension_mut::<Slots>().map(std::mem::take));
    let text = String::from_utf8(sink.0).map_err(|_| {
        Error::new(
            minijinja::ErrorKind::WriteFailure,
            "text is cut inside of a character",
        )
    })?;
    Ok(Rendered {
        text,
        slots: slots.map(|slots| slots.list).unwrap_or_default(),
    })
}

/// A writer with an end.
struct Sink(Vec<u8>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > limits::TEXT {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
