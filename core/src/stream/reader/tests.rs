//! A model of writers, crashes and readers that come back, in every order that chance finds.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::*;
use guildhall_openapi::UserId;

/// When a writer takes a row's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// In the transaction that writes the row, which keeps the log's counter to itself until it ends.
    Inside,
    /// Before it, from a counter that goes on by itself: what an autoincrement is on PostgreSQL.
    Outside,
}

#[derive(Clone, Debug)]
enum Step {
    /// A transaction writes a row: in the reader's log, or in everyone's.
    Write { shared: bool },
    /// One of the open transactions is committed.
    Commit(usize),
    /// One of them is rolled back.
    Abort(usize),
    /// One of the committed rows that were not heard of yet is heard of.
    Hear(usize),
    /// One of them never is, but that something was missed.
    Miss(usize),
    /// The reader takes what it can.
    Take,
    /// The reader reads the logs.
    Look,
    /// The reader comes back with its last cursor.
    Return,
    /// The server dies: what was open is rolled back, what was not heard of never is, and the
    /// reader comes back.
    Crash,
}

/// A row, with what it tells: itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    shared: bool,
    number: i64,
    behind: i64,
}

/// A log in the storage.
#[derive(Default)]
struct Shelf {
    rows: Vec<Written>,
    counter: i64,
}

impl Shelf {
    fn head(&self) -> i64 {
        self.rows.iter().map(|row| row.number).max().unwrap_or(0)
    }

    fn after(&self, place: i64, limit: usize) -> Vec<Row<Written>> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.number > place).collect();
        rows.sort_by_key(|row| row.number);
        let row = |row: &&Written| Row {
            number: row.number,
            behind: row.behind,
            written_at: Timestamp::from_micros(0),
            push: **row,
        };
        rows.iter().take(limit).map(row).collect()
    }
}

const LIMIT: usize = 3;

struct World {
    rule: Rule,
    own: Shelf,
    shared: Shelf,
    open: Vec<Written>,
    unheard: Vec<Written>,
    reader: Reader<Written>,
    told: Vec<Written>,
}

impl World {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            own: Shelf::default(),
            shared: Shelf::default(),
            open: Vec::new(),
            unheard: Vec::new(),
            reader: Reader::at(Place::default(), true),
            told: Vec::new(),
        }
    }

    fn shelf(&mut self, shared: bool) -> &mut Shelf {
        if shared { &mut self.shared } else { &mut self.own }
    }

    fn write(&mut self, shared: bool) {
        let (rule, behind) = (self.rule, self.shared.head());
        if rule == Rule::Inside && self.open.iter().any(|row| row.shared == shared) {
            // It waits for the counter.
            return;
        }
        let shelf = self.shelf(shared);
        let number = match rule {
            Rule::Inside => shelf.head() + 1,
            Rule::Outside => shelf.counter + 1,
        };
        shelf.counter = number;
        self.open.push(Written { shared, number, behind });
    }

    fn commit(&mut self, index: usize) {
        if self.open.is_empty() {
            return;
        }
        let row = self.open.swap_remove(index % self.open.len());
        self.shelf(row.shared).rows.push(row);
        self.unheard.push(row);
    }

    fn unheard(&mut self, index: usize) -> Option<Written> {
        let index = index.checked_rem(self.unheard.len())?;
        Some(self.unheard.swap_remove(index))
    }

    fn look(&mut self) -> Result<(), Gone> {
        let place = self.reader.place();
        let head = Place { own: self.own.head(), shared: self.shared.head() };
        let own = self.own.after(place.own, LIMIT);
        let shared = self.shared.after(place.shared, LIMIT);
        self.reader.read(Slice { head, own, shared }, LIMIT)
    }

    fn take(&mut self) {
        while let Some((_, row)) = self.reader.next() {
            self.told.push(row);
        }
    }

    fn return_with_cursor(&mut self) {
        self.reader = Reader::at(self.reader.place(), true);
    }

    fn step(&mut self, step: &Step) -> Result<(), Gone> {
        match *step {
            Step::Write { shared } => self.write(shared),
            Step::Commit(index) => self.commit(index),
            Step::Abort(index) => {
                if let Some(index) = index.checked_rem(self.open.len()) {
                    self.open.swap_remove(index);
                }
            }
            Step::Hear(index) => {
                if let Some(row) = self.unheard(index) {
                    let log = if row.shared { Log::Everyone } else { Log::User(UserId::FIRST) };
                    let told = Told { log, number: row.number, behind: row.behind };
                    self.reader.hear(told, row);
                }
            }
            Step::Miss(index) => {
                if self.unheard(index).is_some() {
                    self.reader.miss();
                }
            }
            Step::Take => self.take(),
            Step::Look => self.look()?,
            Step::Return => self.return_with_cursor(),
            Step::Crash => {
                self.open.clear();
                self.unheard.clear();
                self.return_with_cursor();
            }
        }
        Ok(())
    }

    /// All comes to rest, and the reader reads to the end.
    fn settle(&mut self) -> Result<(), Gone> {
        while !self.open.is_empty() {
            self.commit(0);
        }
        self.reader.miss();
        loop {
            self.take();
            if self.reader.look() == Look::Not {
                return Ok(());
            }
            self.look()?;
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<bool>().prop_map(|shared| Step::Write { shared }),
        4 => any::<usize>().prop_map(Step::Commit),
        1 => any::<usize>().prop_map(Step::Abort),
        3 => any::<usize>().prop_map(Step::Hear),
        1 => any::<usize>().prop_map(Step::Miss),
        3 => Just(Step::Take),
        2 => Just(Step::Look),
        1 => Just(Step::Return),
        1 => Just(Step::Crash),
    ];
    proptest::collection::vec(step, 0..120)
}

/// What a reader was told of one log.
fn numbers(told: &[Written], shared: bool) -> Vec<i64> {
    told.iter().filter(|row| row.shared == shared).map(|row| row.number).collect()
}

/// Runs a schedule; what is wrong with what the reader was told.
fn fault(rule: Rule, steps: &[Step]) -> Option<String> {
    let mut world = World::new(rule);
    let run = steps.iter().try_for_each(|step| world.step(step)).and_then(|()| world.settle());
    if run.is_err() {
        return Some("the reader has to begin anew".to_owned());
    }
    for shared in [false, true] {
        let told = numbers(&world.told, shared);
        let mut written: Vec<_> = world.shelf(shared).rows.iter().map(|row| row.number).collect();
        written.sort_unstable();
        if told != written {
            return Some(format!("told {told:?} of {written:?}"));
        }
    }
    let mut seen = 0;
    for row in &world.told {
        if row.shared {
            seen = row.number;
        } else if row.behind > seen {
            return Some(format!("{row:?} came before what was told before it was written"));
        }
    }
    None
}

/// A few thousand schedules, the same on every run.
fn search(rule: Rule) -> Result<(), TestError<Vec<Step>>> {
    let config = Config { cases: 4000, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)).run(
        &steps(),
        |steps| match fault(rule, &steps) {
            None => Ok(()),
            Some(fault) => Err(TestCaseError::fail(fault)),
        },
    )
}

/// A reader that skips a row, is told one twice, or too early.
#[test]
fn whatever_happens_each_row_is_told_once_and_in_order() {
    search(Rule::Inside).unwrap();
}

/// A model that would not notice if the rule were broken.
#[test]
fn numbers_taken_outside_the_transaction_leave_gaps() {
    let found = search(Rule::Outside);
    assert!(matches!(found, Err(TestError::Fail(..))), "{found:?}");
}

fn row(number: i64) -> Row<i64> {
    Row { number, behind: 0, written_at: Timestamp::from_micros(0), push: number }
}

/// A reader that takes rows that were pruned for rows that never were, or another database for its
/// own.
#[test]
fn rows_that_are_gone_are_noticed() {
    let read = |place: i64, rows: Vec<Row<i64>>, head: i64| {
        let mut reader = Reader::at(Place { own: place, shared: 0 }, true);
        reader.read(Slice { head: Place { own: head, shared: 0 }, own: rows, shared: vec![] }, 3)
    };
    assert_eq!(read(2, vec![row(3), row(4)], 4), Ok(()));
    assert_eq!(read(2, vec![], 2), Ok(()));
    assert_eq!(read(2, vec![row(3), row(4), row(5)], 9), Ok(()), "the first of more");
    assert_eq!(read(2, vec![row(4)], 4), Err(Gone), "the next was pruned");
    assert_eq!(read(2, vec![], 4), Err(Gone), "all were pruned");
    assert_eq!(read(2, vec![row(3), row(5)], 5), Err(Gone), "one between was");
    assert_eq!(read(2, vec![row(3)], 4), Err(Gone), "the last was");
    assert_eq!(read(5, vec![], 4), Err(Gone), "a place that was never reached");
}

/// A reader that grows without end where rows come faster than they are taken.
#[test]
fn what_is_not_kept_is_read() {
    let mut reader = Reader::at(Place::default(), false);
    let told = |number| Told { log: Log::User(UserId::FIRST), number, behind: 0 };
    let many = i64::try_from(KEPT).unwrap() + 10;
    for number in 2..many {
        reader.hear(told(number), number);
    }
    assert_eq!((reader.own.len(), reader.look()), (KEPT, Look::Now));
}
