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
    /// Where the interval was that was found or changed last: the next one looked for is often the same.
    /// It is no state: what is there is looked at before it is believed.
    hint: Cell<Place>,
}

/// A place among the intervals: which array, and which of it; it may be the one after the array's last.
/// It holds until an interval is added or taken out, and where that happened at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    run: usize,
    at: usize,
}

impl Place {
    /// The place behind an interval's, in the same array.
    #[inline]
    pub fn following(self) -> Place {
        Place {
            at: self.at + 1,
            ..self
        }
    }
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

    /// The place at which an interval that starts at `at` is, or is to be put in.
    #[inline]
    pub fn place_from(&self, at: u64) -> Place {
        let last = self.hint.get();
        if self.get(last).is_some_and(|last| last.start() == at) {
            return last;
        }
        at.checked_sub(1)
            .map_or(Place::default(), |below| self.after(below))
    }

    /// The interval that was found last and its place, where that covers `at`.
    #[inline]
    fn found_last(&self, at: u64) -> Option<(Place, &V)> {
        let last = self.hint.get();
        let found = self.get(last)?;
        (found.start() <= at && at < found.end()).then_some((last, found))
    }

    /// The interval that covers `at`, and its place.
    #[inline]
    pub fn find(&self, at: u64) -> Option<(Place, &V)> {
        self.found_last(at).or_else(|| self.find_anew(at))
    }

    fn find_anew(&self, at: u64) -> Option<(Place, &V)> {
        let place = self.before(self.after(at))?;
        let found = self.get(place)?;
        self.hint.set(place);
        (at < found.end()).then_some((place, found))
    }

    /// The interval at a place.
    #[inline]
    pub fn get(&self, place: Place) -> Option<&V> {
        self.runs.get(place.run)?.get(place.at)
    }

    /// The interval at a place, to be changed; it must stay between the same neighbours.
    #[inline]
    pub fn get_mut(&mut self, place: Place) -> Option<&mut V> {
        self.hint.set(place);
        self.runs.get_mut(place.run)?.get_mut(place.at)
    }

    /// The place of the interval before a place.
    #[inline]
    pub fn before(&self, place: Place) -> Option<Place> {
        let Place { run, at } = place;
        if let Some(at) = at.checked_sub(1) {
            return Some(Place { run, at });
        }
        let run = run.checked_sub(1)?;
        let at = self.runs.get(run)?.len() - 1;
        Some(Place { run, at })
    }

    /// The place of the interval at a place, or of the next where there is none.
    #[inline]
    pub fn at_or_next(&self, place: Place) -> Option<Place> {
        let next = Place {
            run: place.run + 1,
            at: 0,
        };
        let found = if self.get(place).is_some() {
            place
        } else {
            next
        };
        self.get(found).map(|_| found)
    }

    /// The place of the interval after the one at a place.
    #[inline]
    pub fn next(&self, place: Place) -> Option<Place> {
        self.at_or_next(place.following())
    }

    /// The interval that covers `at`.
    #[inline]
    pub fn covering(&self, at: u64) -> Option<&V> {
        self.find(at).map(|(_, found)| found)
    }

    /// The interval that covers `at`, to be changed; its bounds must stay.
    #[inline]
    pub fn covering_mut(&mut self, at: u64) -> Option<&mut V> {
        let (place, _) = self.find(at)?;
        self.get_mut(place)
    }

    /// The lowest interval that ends above `at` (Linux's `find_vma`).
    pub fn ending_after(&self, at: u64) -> Option<&V> {
        let found = self.found_last(at);
        let found = found.or_else(|| self.find_first_anew(at));
        found.map(|(_, found)| found)
    }

    /// The lowest interval that shares a number with `start..end`, and its place.
    #[inline]
    pub fn find_first_in(&self, start: u64, end: u64) -> Option<(Place, &V)> {
        let first = self.found_last(start);
        let first = first.or_else(|| self.find_first_anew(start));
        first.filter(|(_, first)| start < end && first.start() < end)
    }

    /// The lowest interval that ends above `at`, and its place.
    fn find_first_anew(&self, at: u64) -> Option<(Place, &V)> {
        let after = self.after(at);
        let covering = self
            .before(after)
            .filter(|place| self.get(*place).is_some_and(|found| at < found.end()));
        let place = covering.or_else(|| self.at_or_next(after))?;
        self.hint.set(place);
        Some((place, self.get(place)?))
    }

    /// The lowest interval that shares a number with `start..end`.
    #[inline]
    pub fn first_overlapping(&self, start: u64, end: u64) -> Option<&V> {
        self.find_first_in(start, end).map(|(_, first)| first)
    }

    /// The lowest interval that starts at `at` or above.
    pub fn starting_from(&self, at: u64) -> Option<&V> {
        self.get(self.at_or_next(self.place_from(at))?)
    }

    /// The highest interval that starts below `at`.
    pub fn starting_before(&self, at: u64) -> Option<&V> {
        self.get(self.before(self.place_from(at))?)
    }

    /// The interval that starts at `at`.
    pub fn at(&self, at: u64) -> Option<&V> {
        self.covering(at).filter(|found| found.start() == at)
    }

    /// The interval that starts at `at`, to be changed; its start must stay.
    pub fn at_mut(&mut self, at: u64) -> Option<&mut V> {
        self.covering_mut(at).filter(|found| found.start() == at)
    }

    /// Intervals that share a number with `start..end`, ascending.
    pub fn overlapping(&self, start: u64, end: u64) -> impl DoubleEndedIterator<Item = &V> {
        let first = self.find(start);
        let from = first.map_or_else(|| self.after(start), |(place, _)| place);
        self.between(from, self.place_from(end))
    }

    /// Every interval, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.runs.iter().flatten()
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
        let place = self.place_from(value.start());
        self.insert_at(place, value);
    }

    /// Adds an interval that overlaps none where [`IntervalMap::place_from`] says that it belongs, or behind
    /// its neighbour ([`Place::following`]); gives where it is then.
    #[inline]
    pub fn insert_at(&mut self, place: Place, value: V) -> Place {
        debug_assert!(
            self.overlapping(value.start(), value.end())
                .next()
                .is_none()
        );
        self.length += 1;
        self.hint.set(place);
        let Some(run) = self.runs.get_mut(place.run) else {
            self.runs.push(vec![value]);
            return place;
        };
        run.insert(place.at, value);
        if run.len() <= MOST {
            return place;
        }
        self.halve(place)
    }

    /// Makes `N` intervals of the one at a place, which has to be there: copies of it, that `part` makes the parts that
    /// they are to be. Gives where the second is. The copies are made where they belong: what was just put together is
    /// slow to copy.
    pub fn split<const N: usize>(&mut self, place: Place, part: impl FnOnce(&mut [V; N])) -> Place
    where
        V: Copy,
    {
        let second = place.following();
        self.hint.set(second);
        let Some(run) = self.runs.get_mut(place.run) else {
            return place;
        };
        let Some(whole) = run.get(place.at).copied() else {
            return place;
        };
        let length = run.len();
        for _ in 1..N {
            run.push(whole);
        }
        run.copy_within(second.at..length, place.at + N);
        if let Some(parts) = run.get_mut(place.at..).and_then(<[V]>::first_chunk_mut) {
            *parts = [whole; N];
            part(parts);
        }
        self.length += N as u64 - 1;
        if run.len() <= MOST {
            return second;
        }
        self.halve(second)
    }

    /// Makes two arrays of one that is too long; gives where the interval at `place` went.
    #[cold]
    fn halve(&mut self, place: Place) -> Place {
        let Some(run) = self.runs.get_mut(place.run) else {
            return place;
        };
        let upper = run.split_off(MOST / 2);
        self.runs.insert(place.run + 1, upper);
        match place.at.checked_sub(MOST / 2) {
            Some(at) => Place {
                run: place.run + 1,
                at,
            },
            None => place,
        }
    }

    /// Takes out the interval that starts at `at`.
    pub fn remove(&mut self, at: u64) -> Option<V> {
        let (place, found) = self.find(at)?;
        (found.start() == at).then(|| self.take(place)).flatten()
    }

    /// Takes out the interval at a place, which is then that of the next, or the one after the last of an array.
    #[inline]
    pub fn take(&mut self, place: Place) -> Option<V> {
        let run = self.runs.get_mut(place.run)?;
        if place.at >= run.len() {
            return None;
        }
        self.length -= 1;
        if run.len() == 1 {
            return self.runs.remove(place.run).pop();
        }
        Some(run.remove(place.at))
    }

    /// Takes out so many intervals from a place on.
    pub fn take_many(&mut self, place: Place, count: usize) {
        let run = self.runs.get_mut(place.run);
        if let Some(run) = run.filter(|run| place.at + count <= run.len() && count < run.len()) {
            run.drain(place.at..place.at + count);
            self.length -= count as u64;
            return;
        }
        for _ in 0..count {
            if let Some(next) = self.at_or_next(place) {
                self.take(next);
            }
        }
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
            let (mut map, mut tree) = (IntervalMap::default(), BTreeMap::<u64, (u64, u64)>::new());
            for (number, add) in changes {
                // Every third touches its neighbour.
                let start = number * 8;
                let value = (start, start + if number % 3 == 0 { 8 } else { 5 });
                let long = tree.range(..=start).next_back().filter(|(_, value)| start + 1 < value.1).map(|(at, _)| *at);
                if let (true, Some(long)) = (add, long) {
                    let (place, _) = map.find(start).unwrap();
                    let place = map.split(place, |[low, high]: &mut [(u64, u64); 2]| (low.1, high.0) = (start + 1, start + 1));
                    let value = tree.insert(long, (long, start + 1)).unwrap();
                    tree.insert(start + 1, (start + 1, value.1));
                    prop_assert_eq!(map.get(place), tree.get(&(start + 1)));
                } else if !add {
                    prop_assert_eq!(map.remove(start), tree.remove(&start));
                } else if tree.range(..value.1).next_back().is_none_or(|(_, below)| below.1 <= start) {
                    tree.insert(start, value);
                    let place = map.place_from(start);
                    let place = map.insert_at(place, value);
                    prop_assert_eq!(map.get(place), Some(&value));
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
                let place = map.place_from(at);
                let down = std::iter::successors(map.before(place), |place| map.before(*place));
                prop_assert!(down.map(|place| map.get(place)).eq(below.clone().rev().map(Some)));
                let up = std::iter::successors(map.at_or_next(place), |place| map.next(*place));
                prop_assert!(up.map(|place| map.get(place)).eq(from.clone().map(Some)));
                prop_assert_eq!(map.ending_after(at), covering.or(from.clone().next()));
                let touched = |start, end| tree.values().filter(move |value: &&(u64, u64)| value.0 < end && start < value.1);
                prop_assert!(map.overlapping(at, at + 90).eq(touched(at, at + 90)));
                prop_assert!(map.overlapping(at, at + 90).rev().eq(touched(at, at + 90).rev()));
                prop_assert_eq!(map.first_overlapping(at, at + 4), touched(at, at + 4).next());
            }
        }
    }
}
