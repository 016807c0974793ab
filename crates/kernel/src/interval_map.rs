//! Intervals of numbers that do not overlap, in order; it knows nothing of memory.
//!
//! They lie in short sorted arrays: a process has tens of them, which one or two arrays hold, and at most some 65,000,
//! for which a change moves a few of them and now and then the list of the arrays.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

/// Something that covers the numbers from `start` up to, not including, `end`.
pub trait Interval {
    /// The first number.
    fn start(&self) -> u64;
    /// The number after the last; above `start`.
    fn end(&self) -> u64;
}

/// The most intervals in an array.
const MOST: usize = 16;

/// A map of intervals that do not overlap.
#[derive(Clone, Debug)]
pub struct IntervalMap<V> {
    /// Ascending, and none of them empty.
    runs: Vec<Vec<V>>,
    length: u64,
    /// Where the interval was that was found last: the next one looked for is often the same.
    /// It is no state: what is there is looked at before it is believed.
    hint: Cell<Place>,
}

/// A place among the intervals: which array, and which of it; it may be the one after the array's last.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    run: usize,
    at: usize,
}

impl<V: Interval + Hash> Hash for IntervalMap<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.length.hash(state);
        for value in self.iter() {
            (value.start(), value).hash(state);
        }
    }
}

impl<V> Default for IntervalMap<V> {
    fn default() -> Self {
        IntervalMap {
            runs: Vec::new(),
            length: 0,
            hint: Cell::default(),
        }
    }
}

impl<V: Interval> IntervalMap<V> {
    /// The place after the last interval that starts at `at` or below.
    #[inline]
    fn after(&self, at: u64) -> Place {
        let starts = |run: &Vec<V>| run.first().is_some_and(|first| first.start() <= at);
        // Mostly there is one array at most.
        let above = match &self.runs[..] {
            [] => 0,
            [only] => usize::from(starts(only)),
            runs => runs.partition_point(starts),
        };
        let Some(run) = above.checked_sub(1) else {
            return Place::default();
        };
        let values = self.runs.get(run).map_or(&[][..], Vec::as_slice);
        // Sixteen at most: looking at one after the other leaves the processor nothing to wait for.
        let above = values.iter().position(|value| value.start() > at);
        Place {
            run,
            at: above.unwrap_or(values.len()),
        }
    }

    /// The interval at a place.
    #[inline]
    fn get(&self, place: Place) -> Option<&V> {
        self.runs.get(place.run)?.get(place.at)
    }

    /// The interval at a place, or at the start of the next array.
    #[inline]
    fn get_or_next(&self, place: Place) -> Option<&V> {
        let next = || self.runs.get(place.run + 1)?.first();
        self.get(place).or_else(next)
    }

    /// The last interval that starts at `at` or below, and its place.
    #[inline]
    fn at_or_below(&self, at: u64) -> Option<(Place, &V)> {
        let Place { run, at } = self.after(at);
        let place = Place {
            run,
            at: at.checked_sub(1)?,
        };
        Some((place, self.get(place)?))
    }

    /// The interval that was found last, where it covers `at`.
    #[inline]
    fn found_last(&self, at: u64) -> Option<&V> {
        let found = self.get(self.hint.get())?;
        (found.start() <= at && at < found.end()).then_some(found)
    }

    /// The interval that covers `at`.
    #[inline]
    pub fn covering(&self, at: u64) -> Option<&V> {
        if let Some(found) = self.found_last(at) {
            return Some(found);
        }
        let (place, found) = self.at_or_below(at)?;
        self.hint.set(place);
        (at < found.end()).then_some(found)
    }

    /// The interval that covers `at`, to be changed; its bounds must stay.
    #[inline]
    pub fn covering_mut(&mut self, at: u64) -> Option<&mut V> {
        self.covering(at)?;
        let Place { run, at } = self.hint.get();
        self.runs.get_mut(run)?.get_mut(at)
    }

    /// The lowest interval that ends above `at` (Linux's `find_vma`).
    pub fn ending_after(&self, at: u64) -> Option<&V> {
        self.covering(at).or_else(|| self.starting_from(at))
    }

    /// The lowest interval that shares a number with `start..end`.
    pub fn first_overlapping(&self, start: u64, end: u64) -> Option<&V> {
        let found = self.covering(start).filter(|_| start < end);
        found.or_else(|| {
            let next = self.starting_from(start);
            next.filter(|next| next.start() < end)
        })
    }

    /// The lowest interval that starts at `at` or above.
    pub fn starting_from(&self, at: u64) -> Option<&V> {
        self.get_or_next(self.place_from(at))
    }

    /// The highest interval that starts below `at`.
    pub fn starting_before(&self, at: u64) -> Option<&V> {
        let (_, found) = self.at_or_below(at.checked_sub(1)?)?;
        Some(found)
    }

    /// Intervals that start below `at`, descending.
    pub fn descending_from(&self, at: u64) -> impl Iterator<Item = &V> {
        self.between(Place::default(), self.place_from(at)).rev()
    }

    /// The interval that starts at `at`.
    pub fn at(&self, at: u64) -> Option<&V> {
        let (_, found) = self.at_or_below(at)?;
        (found.start() == at).then_some(found)
    }

    /// The interval that starts at `at`, to be changed; its start must stay.
    pub fn at_mut(&mut self, at: u64) -> Option<&mut V> {
        let (place, _) = self.at_or_below(at)?;
        let found = self.runs.get_mut(place.run)?.get_mut(place.at)?;
        (found.start() == at).then_some(found)
    }

    /// Intervals that share a number with `start..end`, ascending.
    pub fn overlapping(&self, start: u64, end: u64) -> impl DoubleEndedIterator<Item = &V> {
        let from = match self.covering(start) {
            Some(_) => self.hint.get(),
            None => self.after(start),
        };
        self.between(from, self.place_from(end))
    }

    /// Every interval, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.runs.iter().flatten()
    }

    /// The place of the lowest interval that starts at `at` or above.
    #[inline]
    fn place_from(&self, at: u64) -> Place {
        at.checked_sub(1)
            .map_or(Place::default(), |below| self.after(below))
    }

    /// The intervals from one place up to, not including, another.
    fn between(&self, from: Place, end: Place) -> impl DoubleEndedIterator<Item = &V> {
        let runs = self.runs.get(from.run..=end.run).unwrap_or_default();
        let last = runs.len().wrapping_sub(1);
        runs.iter().enumerate().flat_map(move |(number, run)| {
            let first = if number == 0 { from.at } else { 0 };
            let end = if number == last { end.at } else { run.len() };
            run.get(first..end).unwrap_or_default()
        })
    }

    /// Adds an interval that overlaps none.
    pub fn insert(&mut self, value: V) {
        debug_assert!(
            self.overlapping(value.start(), value.end())
                .next()
                .is_none()
        );
        self.length += 1;
        let place = self.after(value.start());
        let Some(run) = self.runs.get_mut(place.run) else {
            self.runs.push(vec![value]);
            return;
        };
        run.insert(place.at, value);
        if run.len() > MOST {
            let upper = run.split_off(MOST / 2);
            self.runs.insert(place.run + 1, upper);
        }
    }

    /// Takes out the interval that starts at `at`.
    pub fn remove(&mut self, at: u64) -> Option<V> {
        let (place, found) = self.at_or_below(at)?;
        if found.start() != at {
            return None;
        }
        self.length -= 1;
        let run = self.runs.get_mut(place.run)?;
        if run.len() == 1 {
            return self.runs.remove(place.run).pop();
        }
        Some(run.remove(place.at))
    }

    /// How many intervals.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn it_does_what_a_tree_does(changes in prop::collection::vec((0u64..100, any::<bool>()), 0..300), looks in prop::collection::vec(0u64..820, 1..20)) {
            let (mut map, mut tree) = (IntervalMap::default(), BTreeMap::new());
            for (number, add) in changes {
                // Every third touches its neighbour.
                let start = number * 8;
                let value = (start, start + if number % 3 == 0 { 8 } else { 5 });
                if !add {
                    prop_assert_eq!(map.remove(start), tree.remove(&start));
                } else if tree.insert(start, value).is_none() {
                    map.insert(value);
                }
                prop_assert!(map.iter().eq(tree.values()) && map.len() == tree.len() as u64);
            }
            for at in looks {
                let below = tree.range(..at).map(|(_, value)| value);
                let from = tree.range(at..).map(|(_, value)| value);
                let covering = tree.range(..=at).map(|(_, value)| value).next_back().filter(|(_, end)| at < *end);
                prop_assert_eq!(map.covering(at), covering);
                prop_assert_eq!(map.covering_mut(at).copied(), covering.copied());
                prop_assert_eq!(map.at(at), tree.get(&at));
                prop_assert_eq!(map.at_mut(at).copied(), tree.get(&at).copied());
                prop_assert_eq!(map.starting_from(at), from.clone().next());
                prop_assert_eq!(map.starting_before(at), below.clone().next_back());
                prop_assert!(map.descending_from(at).eq(below.clone().rev()));
                prop_assert_eq!(map.ending_after(at), covering.or(from.clone().next()));
                let touched = |start, end| tree.values().filter(move |value: &&(u64, u64)| value.0 < end && start < value.1);
                prop_assert!(map.overlapping(at, at + 90).eq(touched(at, at + 90)));
                prop_assert!(map.overlapping(at, at + 90).rev().eq(touched(at, at + 90).rev()));
                prop_assert_eq!(map.first_overlapping(at, at + 4), touched(at, at + 4).next());
            }
        }
    }
}
