//! Standard output and error: results, messages, progress, and what a terminal can show.
//!
//! Results go to standard output, everything else to standard error. A closed pipe or a full
//! device never panics: the first failure is kept and [`Terminal::finish`] tells it.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};
use std::panic;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::report::Look;
use crate::report::text::visible_line;

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    Always,
    Never,
}

/// Why results did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The reader went away: nothing to say.
    Closed,
    Failed(super::Error),
}

/// The two streams of the process.
pub struct Terminal {
    out: BufWriter<Stdout>,
    err: Stderr,
    color: Color,
    lost: Option<io::Error>,
}

impl Terminal {
    pub fn new(color: Color) -> Terminal {
        Terminal {
            out: BufWriter::new(io::stdout()),
            err: io::stderr(),
            color,
            lost: None,
        }
    }

    /// Writes to standard output as it is; after a failure it writes nothing more.
    pub fn result(&mut self, text: &str) {
        self.result_bytes(text.as_bytes());
    }

    /// [`Terminal::result`] for bytes that need not be text.
    pub fn result_bytes(&mut self, bytes: &[u8]) {
        if self.lost.is_none() {
            self.lost = self.out.write_all(bytes).err();
        }
    }

    /// Writes to standard error, behind the results so far. What cannot be said there cannot be
    /// said at all.
    pub fn message(&mut self, text: &str) {
        if self.lost.is_none() {
            self.lost = self.out.flush().err();
        }
        let _ = self.err.write_all(text.as_bytes());
    }

    /// `error: …` on standard error, in one line.
    pub fn error(&mut self, text: &str) {
        let head = match self.message_look().color {
            true => "\u{1b}[1;31merror\u{1b}[0m",
            false => "error",
        };
        self.message(&format!("{head}: {}\n", visible_line(text)));
    }

    /// How results look.
    pub fn result_look(&self) -> Look {
        look(self.color, io::stdout().is_terminal())
    }

    /// How messages look.
    pub fn message_look(&self) -> Look {
        look(self.color, self.err.is_terminal())
    }

    /// A line about long work; it shows on a terminal only.
    pub fn progress(&self) -> Progress {
        Progress::new(self.err.is_terminal(), self.message_look().width)
    }

    /// Flushes the results; tells the first failure of all writes.
    pub fn finish(mut self) -> Result<(), Lost> {
        let flushed = self.out.flush().err();
        match self.lost.take().or(flushed) {
            None => Ok(()),
            Some(error) => {
                // What is left in the buffer has nowhere to go.
                let _ = self.out.into_parts();
                Err(match error.kind() {
                    io::ErrorKind::BrokenPipe => Lost::Closed,
                    _ => Lost::Failed(super::Error::new(
                        "write to",
                        Path::new("standard output"),
                        error,
                    )),
                })
            }
        }
    }
}

fn look(color: Color, is_terminal: bool) -> Look {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let plain = Look::default();
    Look {
        color: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb,
        },
        unicode: !is_terminal || locale_is_utf8(),
        width: match width {
            Some(width) if is_terminal => width.clamp(40, 120),
            _ => plain.width,
        },
        ..plain
    }
}

/// The first of these variables that is set decides, as in POSIX.
fn locale_is_utf8() -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let value = names.iter().find_map(|name| {
        let value = env::var_os(name)?.to_string_lossy().to_ascii_lowercase();
        Some(value).filter(|value| !value.is_empty())
    });
    value.is_some_and(|value| value.contains("utf-8") || value.contains("utf8"))
}

/// Makes a panic say in one line that it is our bug, and where; the process then exits with 101.
pub fn report_panics() {
    panic::set_hook(Box::new(|info| {
        let message = visible_line(info.payload_as_str().unwrap_or("no message")).into_owned();
        let place = info.location().map(|at| format!(" ({at})"));
        let place = place.unwrap_or_default();
        let _ = writeln!(
            io::stderr(),
            "this is a bug in tiphys: {message}{place}\nhelp: report it with the command line and the spec that led here"
        );
    }));
}

/// A line on standard error that says what takes so long: from the first second on, cleared at
/// the end.
pub struct Progress {
    shared: Arc<Shared>,
    drawing: Option<JoinHandle<()>>,
    width: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    doing: String,
    is_done: bool,
}

impl Progress {
    fn new(is_shown: bool, width: usize) -> Progress {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let drawing = is_shown.then(|| thread::spawn(move || draw(&theirs, &mut io::stderr(), 10)));
        Progress {
            shared,
            drawing,
            width,
        }
    }

    /// What is being done, such as `rendering 2,000 objects`.
    pub fn say(&self, doing: &str) {
        if self.drawing.is_some() {
            let line = visible_line(doing);
            self.shared.lock().doing = line.chars().take(self.width.saturating_sub(12)).collect();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.lock().is_done = true;
        self.shared.changed.notify_all();
        if let Some(drawing) = self.drawing.take() {
            let _ = drawing.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work after `tenths` of a second, or nothing when it is done.
    fn wait(&self, tenths: u64) -> Option<String> {
        let time = Duration::from_millis(100 * tenths);
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, time, |state| !state.is_done)
            .unwrap_or_else(PoisonError::into_inner);
        (!state.is_done).then(|| state.doing.clone())
    }
}

/// Draws from the first `tenths` of a second on until the work is done, then clears the line.
fn draw(shared: &Shared, out: &mut impl Write, mut tenths: u64) {
    let mut next = shared.wait(tenths);
    let is_shown = next.is_some();
    while let Some(doing) = next {
        let line = format!("\r\u{1b}[K{doing} … {}s", tenths / 10);
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        next = shared.wait(2);
        tenths += 2;
    }
    if is_shown {
        let _ = out.write_all(b"\r\x1b[K").and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends the work as soon as something is drawn.
    struct Screen<'a>(&'a Shared, Vec<u8>);

    impl Write for Screen<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().is_done = true;
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(is_done: bool) -> String {
        let shared = Shared::default();
        *shared.lock() = State {
            doing: "rendering".to_string(),
            is_done,
        };
        let mut screen = Screen(&shared, Vec::new());
        draw(&shared, &mut screen, 0);
        String::from_utf8(screen.1).unwrap()
    }

    #[test]
    fn long_work_shows_a_line_and_clears_it() {
        assert_eq!(drawn(false), "\r\u{1b}[Krendering … 0s\r\u{1b}[K");
    }

    #[test]
    fn short_work_shows_nothing() {
        assert_eq!(drawn(true), "");
    }
}
