//! RAM by NUMA node.

use std::ops::Range;

use kernel::addr::Pfn;

use super::Builder;
use super::cells::frame_cell;
use super::runs::{Stretch, fold};
use crate::cell::{Cell, CellId, Marks, PageKind};
use crate::scene::{NodeView, PageRun};

/// A node up to this size is drawn whole.
const SMALL_NODE: u64 = 64;
/// Of a larger one, so many frames in use are drawn.
const MOST_FRAMES: usize = 256;
/// Free frames between used ones are drawn up to this number, and so many after the last.
const FREE_BETWEEN: u64 = 40;
const FREE_AFTER: u64 = 24;

impl Builder<'_> {
    /// Every node with its frames.
    pub fn nodes(&self) -> Vec<NodeView> {
        let frames = self.kernel().frames();
        let nodes = u64::from(self.kernel().config().nodes.max(1));
        let total = u64::from(frames.total());
        let start = |node: u64| (node * total).div_ceil(nodes);
        (0..nodes)
            .map(|node| self.node(node as u8, start(node)..start(node + 1)))
            .collect()
    }

    fn node(&self, number: u8, frames: Range<u64>) -> NodeView {
        let id = CellId::Node(number);
        let table = self.kernel().frames();
        let used_in =
            |range: &Range<u64>| u64::from(table.used_in(range.start as u32..range.end as u32));
        let used = frames
            .clone()
            .filter(|number| table.is_used(Pfn(*number as u32)));
        let most = usize::try_from(used_in(&frames)).unwrap_or(MOST_FRAMES);
        let mut wanted = self.opened(id);
        wanted.extend(near_used(used.take(most.min(MOST_FRAMES))));
        let total = frames.end - frames.start;
        let free = total - used_in(&frames);
        let run = |stretch| match stretch {
            Stretch::Shown(range) => {
                PageRun::Cells(range.map(|number| self.frame(Pfn(number as u32))).collect())
            }
            Stretch::Folded(range) => PageRun::Elided {
                first: range.start,
                count: range.end - range.start,
                present: used_in(&range),
            },
        };
        NodeView {
            id,
            number,
            frames: total,
            free,
            runs: fold(frames, &wanted, SMALL_NODE)
                .into_iter()
                .map(run)
                .collect(),
        }
    }

    fn frame(&self, pfn: Pfn) -> Cell {
        let id = CellId::Frame(pfn);
        match self.kernel().frames().is_used(pfn) {
            true => frame_cell(self.kernel(), pfn, &self.mapcounts, id),
            false => Cell {
                id,
                kind: PageKind::Free,
                frame: Some(pfn),
                marks: Marks::empty(),
            },
        }
    }
}

/// The frames in use with what is drawn of the free ones between and after them.
fn near_used(used: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for number in used {
        match ranges.last_mut() {
            Some(last) if number <= last.end.saturating_add(FREE_BETWEEN) => last.end = number + 1,
            _ => ranges.push(number..number + 1),
        }
    }
    if let Some(last) = ranges.last_mut() {
        last.end = last.end.saturating_add(FREE_AFTER);
    }
    ranges
}
