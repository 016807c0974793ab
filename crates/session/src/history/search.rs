//! Looking for a step: by its record alone, or by running it again on a copy of the world.

use super::{History, World};
use crate::record::Marks;

impl<W: World> History<W> {
    /// The nearest step after (or before) the position that has one of these marks.
    pub fn find(&self, marks: Marks, forward: bool) -> Option<u64> {
        let marked = |step: &u64| self.has_marks(*step, marks);
        if forward {
            (self.position + 1..=self.length()).find(marked)
        } else {
            (1..self.position).rev().find(marked)
        }
    }

    /// The nearest step after (or before) the position that has one of these marks and fits: a copy of
    /// the world runs the steps again and is looked at after each that has the marks.
    pub fn search(&self, marks: Marks, forward: bool, fits: &dyn Fn(&W) -> bool) -> Option<u64> {
        if forward {
            return self.search_within(self.position, self.length(), marks, fits, true);
        }
        let mut end = self.position.saturating_sub(1);
        while end > 0 {
            let start = self.nearest(end - 1).map_or(0, |found| found.position);
            let last = self.search_within(start, end, marks, fits, false);
            if last.is_some() {
                return last;
            }
            end = start;
        }
        None
    }

    /// The first or the last step after position `start` and up to `end` that has the marks and fits.
    fn search_within(
        &self,
        start: u64,
        end: u64,
        marks: Marks,
        fits: &dyn Fn(&W) -> bool,
        first: bool,
    ) -> Option<u64> {
        let mut found = None;
        let mut reached: Option<(u64, W)> = None;
        for step in (start + 1..=end).filter(|step| self.has_marks(*step, marks)) {
            let snapshot = self.nearest(step - 1).map_or(0, |found| found.position);
            let (from, mut world) = match reached.take() {
                Some(reached) if reached.0 >= snapshot => reached,
                _ => (step - 1, self.replayed(step - 1)),
            };
            self.replay(&mut world, from, step);
            if fits(&world) {
                found = Some(step);
                if first {
                    break;
                }
            }
            reached = Some((step, world));
        }
        found
    }

    fn has_marks(&self, step: u64, marks: Marks) -> bool {
        self.record(step)
            .is_some_and(|record| record.marks.intersects(marks))
    }
}
