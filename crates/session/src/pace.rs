//! Two sessions side by side: a place in a run as a number of statements, which another run can be brought to.

use crate::record::Marks;
use crate::session::{Progress, Session, Until};

/// How far a run has come, in its program's own terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Statements that have ended.
    pub statements: u64,
    /// Commands done since, of a statement that has not.
    pub commands: u64,
}

impl Session {
    /// How far it is.
    pub fn pace(&self) -> Pace {
        let mut pace = Pace::default();
        for step in 1..=self.position() {
            if self.ends_statement(step) {
                pace.statements += 1;
                pace.commands = 0;
            } else {
                pace.commands += 1;
            }
        }
        pace
    }

    /// Goes to where it is as far as another one, or else to its end; a statement that the other is in the middle of is
    /// not ended. False when `most_steps` new steps did not suffice: call it again.
    pub fn keep_pace(&mut self, pace: Pace, most_steps: u64) -> bool {
        if self.pace() == pace {
            return true;
        }
        let (mut target, mut ended) = (0, 0);
        while ended < pace.statements && target < self.length() {
            target += 1;
            ended += u64::from(self.ends_statement(target));
        }
        self.seek(target);
        let last = target + most_steps;
        while ended < pace.statements {
            let left = last.saturating_sub(self.position());
            match self.run(left, Until::Mark(Marks::STATEMENT_END)) {
                Progress::Done => ended += 1,
                Progress::More => return false,
                Progress::Idle | Progress::Full => return true,
            }
        }
        let start = self.position();
        while self.position() - start < pace.commands && self.run(1, Until::End) == Progress::More {
            if self.ends_statement(self.position()) {
                self.seek(self.position() - 1);
                break;
            }
        }
        true
    }

    fn ends_statement(&self, step: u64) -> bool {
        let record = self.record(step);
        record.is_some_and(|record| record.marks.contains(Marks::STATEMENT_END))
    }
}
