//! A conversation's two sides at a terminal: lines come in, and others are printed above the one
//! that is being typed. Without a terminal both are plain.

use std::io::{self, IsTerminal as _};
use std::thread;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor, ExternalPrinter};
use tokio::sync::mpsc::{self, Receiver};

use crate::failure::Failure;
use crate::output::{Output, described};

/// Where a conversation is shown.
pub(crate) struct Screen {
    output: Output,
    editor: Option<Above>,
}

/// What prints above the line that is being typed.
struct Above {
    printer: Box<dyn ExternalPrinter + Send>,
    _terminal: Terminal,
}

/// Puts the terminal back: the thread that reads from it is not stopped, and leaves it as it is while
/// someone types.
struct Terminal(Termios);

impl Drop for Terminal {
    fn drop(&mut self) {
        let is_as_it_was = |now: Termios| now.local_modes == self.0.local_modes;
        if !tcgetattr(io::stdin()).is_ok_and(is_as_it_was) {
            tcsetattr(io::stdin(), OptionalActions::Now, &self.0).ok();
            // No more marks around what is pasted.
            println!("\x1b[?2004l");
        }
    }
}

impl Screen {
    /// The screen, and what is typed there, line by line, until the input ends.
    pub(crate) fn open(output: Output) -> Result<(Self, Receiver<io::Result<String>>), Failure> {
        let (tell, typed) = mpsc::channel(1);
        let tell = move |line| tell.blocking_send(line).is_ok();
        if output.json || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            // Threads: the input may never end, and nobody is to wait for it.
            thread::spawn(move || io::stdin().lines().all(tell));
            return Ok((Self { output, editor: None }, typed));
        }
        let terminal = Terminal(tcgetattr(io::stdin()).map_err(io::Error::from)?);
        let config = Config::builder().auto_add_history(true).build();
        let mut editor =
            Editor::<(), _>::with_history(config, MemHistory::new()).map_err(io_error)?;
        let printer = Box::new(editor.create_external_printer().map_err(io_error)?);
        thread::spawn(move || {
            editor
                .iter("> ")
                .take_while(|line| !matches!(line, Err(ReadlineError::Interrupted)))
                .map(|line| line.map_err(io_error))
                .all(tell)
        });
        Ok((Self { output, editor: Some(Above { printer, _terminal: terminal }) }, typed))
    }

    /// Whether what is typed stays in sight.
    pub(crate) fn is_edited(&self) -> bool {
        self.editor.is_some()
    }

    /// Prints text that is fit to be shown.
    pub(crate) fn print(&mut self, text: String) -> Result<(), Failure> {
        match &mut self.editor {
            Some(above) => above.printer.print(text + "\n").map_err(|error| io_error(error).into()),
            None => self.output.print(&text),
        }
    }

    /// Tells something besides.
    pub(crate) fn note(&mut self, note: &str) -> Result<(), Failure> {
        if self.editor.is_some() {
            return self.print(note.to_owned());
        }
        self.output.note(note);
        Ok(())
    }

    /// Tells that something failed, and goes on.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Result<(), Failure> {
        self.print(described(failure, self.output.colour))
    }
}

fn io_error(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}
