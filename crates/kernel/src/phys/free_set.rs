//! The set of frames in use, that finds the lowest free one: a bitmap of bitmaps.

use std::ops::Range;

use crate::persistent::Persistent;

/// Frames that the set can tell apart: 64^4, which is 64 GiB of RAM.
pub const MOST_FRAMES: u32 = 1 << 24;

/// Numbers in use. A bit of level 0 is a number; a bit of level n+1 a full word of level n.
#[derive(Clone, Debug, Default)]
pub struct FreeSet {
    levels: [Persistent<u64, 64>; 4],
    /// Every number below this one is in use: where a search may begin.
    all_below: u32,
}

impl FreeSet {
    /// The lowest number from `start` on that is not in use; it may pass what the machine has.
    pub fn lowest_free(&self, start: u32) -> u32 {
        let mut level = 0;
        let mut at = start.max(self.all_below);
        // Up, until a word has a free bit at or after `at`; then down, to the lowest one.
        loop {
            let free = !self.word(level, at / 64) & (!0 << (at % 64));
            if free != 0 {
                at = at / 64 * 64 + free.trailing_zeros();
                if level == 0 {
                    return at;
                }
                level -= 1;
                at *= 64;
            } else if level + 1 == self.levels.len() {
                return MOST_FRAMES;
            } else {
                level += 1;
                at = at / 64 + 1;
            }
        }
    }

    /// Marks `number` as in use.
    pub fn take(&mut self, number: u32) {
        if number == self.all_below {
            self.all_below += 1;
        }
        let mut at = number;
        for level in &mut self.levels {
            level.reach(at / 64);
            let word = level.get_mut(at / 64);
            *word |= 1 << (at % 64);
            if *word != u64::MAX {
                return;
            }
            at /= 64;
        }
    }

    /// Marks `number`, which is in use, as free.
    pub fn give_back(&mut self, number: u32) {
        self.all_below = self.all_below.min(number);
        let mut at = number;
        for level in &mut self.levels {
            let word = level.get_mut(at / 64);
            let was_full = *word == u64::MAX;
            *word &= !(1 << (at % 64));
            if !was_full {
                return;
            }
            at /= 64;
        }
    }

    /// Whether `number` is in use.
    pub fn contains(&self, number: u32) -> bool {
        self.word(0, number / 64) & (1 << (number % 64)) != 0
    }

    /// How many numbers of a range are in use. Costs a look at every 64th.
    pub fn count(&self, range: Range<u32>) -> u32 {
        let first = range.start / 64;
        let within = |at: u32| {
            let below = |limit: u32| match limit.saturating_sub(at * 64) {
                bits @ 0..64 => (1 << bits) - 1,
                _ => u64::MAX,
            };
            (self.word(0, at) & below(range.end) & !below(range.start)).count_ones()
        };
        (first..range.end.div_ceil(64)).map(within).sum()
    }

    fn word(&self, level: usize, at: u32) -> u64 {
        let words = &self.levels[level];
        if at < words.capacity() {
            *words.get(at)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_comes_first() {
        let mut set = FreeSet::default();
        for expected in 0..70_000 {
            assert_eq!(set.lowest_free(0), expected);
            set.take(expected);
        }
        set.give_back(4097);
        set.give_back(65);
        assert_eq!((set.lowest_free(0), set.lowest_free(66)), (65, 4097));
        assert_eq!(set.lowest_free(4098), 70_000);
        assert!(set.contains(64) && !set.contains(65));
        let count = |range| set.count(range);
        assert_eq!(
            (count(0..70_000), count(64..67), count(65..66)),
            (69_998, 2, 0)
        );
        assert_eq!(
            (count(60..130), count(5..5), count(69_990..80_000)),
            (69, 0, 10)
        );
    }
}
