//! Intervals of numbers that do not overlap, in order; it knows nothing of memory.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// Something that covers the numbers from `start` up to, not including, `end`.
pub trait Interval {
    /// The first number.
    fn start(&self) -> u64;
    /// The number after the last; above `start`.
    fn end(&self) -> u64;
}

/// A map of intervals that do not overlap.
#[derive(Clone, Debug)]
pub struct IntervalMap<V> {
    map: BTreeMap<u64, V>,
    /// Where the interval started that was found last: the next one looked for is often the same.
    /// It is no state: what it leads to is looked at before it is believed.
    hint: Cell<u64>,
}

impl<V: Hash> Hash for IntervalMap<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<V> Default for IntervalMap<V> {
    fn default() -> Self {
        IntervalMap {
            map: BTreeMap::new(),
            hint: Cell::new(0),
        }
    }
}

impl<V: Interval> IntervalMap<V> {
    /// The interval that was found last, where it covers `at`.
    #[inline]
    fn found_last(&self, at: u64) -> Option<&V> {
        let hint = Some(self.hint.get()).filter(|hint| *hint <= at)?;
        self.map.get(&hint).filter(|found| at < found.end())
    }

    /// The interval that covers `at`.
    #[inline]
    pub fn covering(&self, at: u64) -> Option<&V> {
        if let Some(found) = self.found_last(at) {
            return Some(found);
        }
        let (start, found) = self.map.range(..=at).next_back()?;
        self.hint.set(*start);
        (at < found.end()).then_some(found)
    }

    /// The interval that covers `at`, to be changed; its bounds must stay.
    #[inline]
    pub fn covering_mut(&mut self, at: u64) -> Option<&mut V> {
        let (_, found) = self.map.range_mut(..=at).next_back()?;
        (at < found.end()).then_some(found)
    }

    /// The lowest interval that ends above `at` (Linux's `find_vma`).
    pub fn ending_after(&self, at: u64) -> Option<&V> {
        self.covering(at).or_else(|| self.starting_from(at))
    }

    /// The lowest interval that shares a number with `start..end`.
    pub fn first_overlapping(&self, start: u64, end: u64) -> Option<&V> {
        if start < end
            && let Some(found) = self.found_last(start)
        {
            return Some(found);
        }
        // Mostly there is one at most, and then the highest is the lowest.
        let highest = self.starting_before(end);
        let highest = highest.filter(|found| start < found.end())?;
        match highest.start() <= start {
            true => Some(highest),
            false => self.ending_after(start),
        }
    }

    /// The lowest interval that starts at `at` or above.
    pub fn starting_from(&self, at: u64) -> Option<&V> {
        self.map.range(at..).next().map(|(_, found)| found)
    }

    /// The highest interval that starts below `at`.
    pub fn starting_before(&self, at: u64) -> Option<&V> {
        self.map.range(..at).next_back().map(|(_, found)| found)
    }

    /// Intervals that start below `at`, descending.
    pub fn descending_from(&self, at: u64) -> impl Iterator<Item = &V> {
        self.map.range(..at).rev().map(|(_, found)| found)
    }

    /// The interval that starts at `at`.
    pub fn at(&self, at: u64) -> Option<&V> {
        self.map.get(&at)
    }

    /// The interval that starts at `at`, to be changed; its start must stay.
    pub fn at_mut(&mut self, at: u64) -> Option<&mut V> {
        self.map.get_mut(&at)
    }

    /// Intervals that share a number with `start..end`, ascending.
    pub fn overlapping(&self, start: u64, end: u64) -> impl DoubleEndedIterator<Item = &V> {
        let from = self.covering(start).map_or(start, Interval::start);
        self.map.range(from..end.max(from)).map(|(_, found)| found)
    }

    /// Every interval, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.map.values()
    }

    /// Every interval, ascending, to be changed; the bounds must stay.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.map.values_mut()
    }

    /// Adds an interval that overlaps none.
    pub fn insert(&mut self, value: V) {
        debug_assert!(
            self.overlapping(value.start(), value.end())
                .next()
                .is_none()
        );
        self.map.insert(value.start(), value);
    }

    /// Takes out the interval that starts at `at`.
    pub fn remove(&mut self, at: u64) -> Option<V> {
        self.map.remove(&at)
    }

    /// How many intervals.
    pub fn len(&self) -> u64 {
        self.map.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Interval for (u64, u64) {
        fn start(&self) -> u64 {
            self.0
        }
        fn end(&self) -> u64 {
            self.1
        }
    }

    #[test]
    fn lookups_at_the_edges() {
        let mut map = IntervalMap::default();
        map.insert((10, 20));
        map.insert((20, 25));
        map.insert((30, 40));
        assert_eq!(map.covering(20), Some(&(20, 25)));
        assert_eq!(map.covering(25), None);
        assert_eq!(map.ending_after(25), Some(&(30, 40)));
        assert_eq!(map.ending_after(40), None);
        assert_eq!(map.starting_before(20), Some(&(10, 20)));
        let found: Vec<_> = map.overlapping(19, 30).collect();
        assert_eq!(found, [&(10, 20), &(20, 25)]);
        assert_eq!(map.overlapping(25, 30).count(), 0);
        assert_eq!(map.first_overlapping(19, 30), Some(&(10, 20)));
        assert_eq!(map.first_overlapping(25, 30), None);
        assert_eq!(map.first_overlapping(25, 31), Some(&(30, 40)));
    }
}
