//! Which pages are read from the disk along with one that is missing (mm/readahead.c, and
//! `do_sync_mmap_readahead` of mm/filemap.c).

use abi::FileAdvice;

use crate::addr::{PAGE_SIZE, PageIndex};

/// Faults that missed the cache after which mapped access counts as random.
const MANY_MISSES: u32 = 100;
/// A folio has at most 2^9 pages: a huge page's.
const LARGEST_ORDER: u32 = 9;

/// What a reader of a file has shown of its access pattern (`struct file_ra_state`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readahead {
    start: u64,
    size: u64,
    async_size: u64,
    /// The size of its folios is 2^order pages, where there are large ones.
    order: u32,
    /// Where the last read(2) ended, in bytes (`prev_pos`).
    pub previous: Option<u64>,
    misses: u32,
    /// POSIX_FADV_RANDOM: read(2) reads what is asked for (FMODE_RANDOM).
    pub random: bool,
    /// POSIX_FADV_SEQUENTIAL: windows may have twice as many pages, also where POSIX_FADV_RANDOM
    /// came later (`ra_pages`).
    pub doubled: bool,
    /// POSIX_FADV_NOREUSE: what is mapped counts as used no longer than it is (FMODE_NOREUSE).
    pub no_reuse: bool,
}

/// The access pattern that a program announced of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Nothing is known.
    #[default]
    Normal,
    /// Ascending: read further ahead.
    Sequential,
    /// At random: do not read ahead.
    Random,
}

/// Pages to read: `size` from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first page.
    pub start: PageIndex,
    /// How many pages.
    pub size: u64,
    /// How many pages before its end lies the page that triggers the next window; 0 for none.
    pub ahead: u64,
}

impl Window {
    /// These pages, and no next window.
    pub const fn plain(start: PageIndex, size: u64) -> Window {
        Window {
            start,
            size,
            ahead: 0,
        }
    }
}

impl Readahead {
    /// Takes note of what posix_fadvise(2) announces.
    pub fn advise(&mut self, advice: FileAdvice) {
        match advice {
            FileAdvice::Normal => {
                (self.random, self.doubled, self.no_reuse) = (false, false, false);
            }
            FileAdvice::Random => self.random = true,
            FileAdvice::Sequential => (self.random, self.doubled) = (false, true),
            FileAdvice::NoReuse => self.no_reuse = true,
            _ => {}
        }
    }

    /// The most pages that one window has, where the machine's limit is `limit`.
    pub fn most(&self, limit: u64) -> u64 {
        match self.doubled {
            true => limit * 2,
            false => limit,
        }
    }

    /// What to read where read(2) wants `wanted` pages from `index` on and the first is missing
    /// (`page_cache_sync_ra`); `before` is how many pages before it are cached without a gap.
    pub fn read_missed(
        &mut self,
        index: PageIndex,
        wanted: u64,
        limit: u64,
        before: u64,
    ) -> Window {
        let wanted = wanted.max(1);
        let most = self.most(limit).max(1);
        if limit <= 1 || self.random {
            return Window::plain(index, wanted);
        }
        let most = most.max(wanted.min(limit));
        let previous = self.previous.map_or(u64::MAX, |end| end / PAGE_SIZE);
        if index.0 == 0 || wanted > most || index.0.wrapping_sub(previous) <= 1 {
            self.start = index.0;
            self.order = 0;
            self.size = first_size(wanted, most);
            self.async_size = match self.size > wanted {
                true => self.size - wanted,
                false => self.size / 2,
            };
            return self.window();
        }
        if before <= wanted {
            return Window::plain(index, wanted);
        }
        let run = if before >= index.0 {
            before * 2
        } else {
            before
        };
        self.start = index.0;
        self.order = 0;
        self.size = (run + wanted).min(most);
        self.async_size = 1;
        self.window()
    }

    /// What to read where read(2) or a fault comes to the page that was marked
    /// (`page_cache_async_ra`); `gap` is the first page after it that is not cached. The window ends
    /// where a folio of the next size would; `large_folios` is whether there are any.
    pub fn mark_reached(
        &mut self,
        index: PageIndex,
        wanted: u64,
        limit: u64,
        gap: PageIndex,
        large_folios: bool,
    ) -> Option<Window> {
        let most = self.most(limit);
        if limit <= 1 {
            return None;
        }
        if index.0 == (self.start + self.size).saturating_sub(self.async_size) {
            self.start += self.size;
            self.size = next_size(self.size, most).max(self.size);
        } else {
            let distance = gap.0.checked_sub(index.0).filter(|pages| *pages <= most)?;
            self.start = gap.0;
            self.size = next_size(distance + wanted, most);
        }
        let order = (self.order + 2).min(most.trailing_zeros());
        let end = self.start.saturating_add(self.size);
        let folio_end = end >> order << order;
        if folio_end > self.start {
            self.size = folio_end - self.start;
        }
        self.async_size = self.size;
        self.order = match large_folios {
            true => (self.order + 2)
                .min(LARGEST_ORDER)
                .min(self.size.checked_ilog2().unwrap_or(0)),
            false => 0,
        };
        Some(self.window())
    }

    /// What to read where a fault misses the cache (`do_sync_mmap_readahead`).
    /// `code_end` is where a mapping that allows to execute ends in the file.
    pub fn fault_missed(
        &mut self,
        index: PageIndex,
        limit: u64,
        mapping: Pattern,
        code_end: Option<PageIndex>,
    ) -> Window {
        if limit <= 1 || mapping == Pattern::Random && code_end.is_none() {
            return Window::plain(index, 1);
        }
        if mapping == Pattern::Sequential {
            return self.read_missed(index, self.most(limit), limit, 0);
        }
        self.misses = (self.misses + 1).min(MANY_MISSES * 10);
        if self.misses > MANY_MISSES {
            return Window::plain(index, 1);
        }
        let most = self.most(limit);
        self.order = 0;
        if let Some(end) = code_end {
            self.start = index.0;
            self.size = most.min(end.0.saturating_sub(index.0));
            self.async_size = 0;
            return self.window();
        }
        self.start = index.0.saturating_sub(most / 2);
        self.size = most;
        self.async_size = most / 4;
        self.window()
    }

    /// A fault found its page in the cache.
    pub fn fault_hit(&mut self) {
        self.misses = self.misses.saturating_sub(1);
    }

    fn window(&self) -> Window {
        Window {
            start: PageIndex(self.start),
            size: self.size,
            ahead: self.async_size,
        }
    }
}

/// The first window's size (`get_init_ra_size`).
fn first_size(wanted: u64, most: u64) -> u64 {
    let size = wanted.checked_next_power_of_two().unwrap_or(most);
    if size <= most / 32 {
        size * 4
    } else if size <= most / 4 {
        size * 2
    } else {
        most
    }
}

/// The size of the window after one of `size` (`get_next_ra_size`).
fn next_size(size: u64, most: u64) -> u64 {
    if size < most / 16 {
        size * 4
    } else if size <= most / 2 {
        size * 2
    } else {
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequential_reader_reads_further_and_further_ahead() {
        let mut state = Readahead::default();
        let first = state.read_missed(PageIndex(0), 1, 32, 0);
        assert_eq!((first.size, first.ahead), (4, 3));
        let sizes: Vec<_> = [PageIndex(1), PageIndex(4), PageIndex(12)]
            .iter()
            .map(|mark| state.mark_reached(*mark, 1, 32, *mark, false))
            .map(|window| window.map(|window| (window.start.0, window.size)))
            .collect();
        assert_eq!(sizes, [Some((4, 8)), Some((12, 16)), Some((28, 32))]);
    }

    #[test]
    fn a_random_reader_reads_what_it_asked_for() {
        let mut state = Readahead {
            previous: Some(3 * PAGE_SIZE),
            ..Readahead::default()
        };
        assert_eq!(
            state.read_missed(PageIndex(50), 2, 32, 0),
            Window::plain(PageIndex(50), 2)
        );
        assert_eq!(
            state
                .fault_missed(PageIndex(50), 32, Pattern::Random, None)
                .size,
            1
        );
        assert_eq!(
            state
                .fault_missed(PageIndex(50), 32, Pattern::Normal, None)
                .start,
            PageIndex(34)
        );
    }
}
