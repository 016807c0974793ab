//! RAM by NUMA node.

use std::ops::Range;

use kernel::addr::Pfn;
use kernel::phys::frame::Owner;

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
        let used: Vec<Pfn> = frames.iter().map(|(pfn, _)| pfn).collect();
        let nodes = u64::from(self.kernel().config().nodes.max(1));
        let total = u64::from(frames.total());
        let start = |node: u64| (node * total).div_ceil(nodes);
        (0..nodes)
            .map(|node| self.node(node as u8, start(node)..start(node + 1), &used))
            .collect()
    }

    fn node(&self, number: u8, frames: Range<u64>, used: &[Pfn]) -> NodeView {
        let id = CellId::Node(number);
        let first = used.partition_point(|pfn| u64::from(pfn.0) < frames.start);
        let last = used.partition_point(|pfn| u64::from(pfn.0) < frames.end);
        let mine = used.get(first..last).unwrap_or_default();
        let mut wanted = self.opened(id);
        wanted.extend(near_used(
            mine.iter().take(MOST_FRAMES).map(|pfn| u64::from(pfn.0)),
        ));
        let total = frames.end - frames.start;
        let run = |stretch| match stretch {
            Stretch::Shown(range) => {
                PageRun::Cells(range.map(|number| self.frame(number, mine)).collect())
            }
            Stretch::Folded(range) => {
                let before =
                    |limit: u64| mine.partition_point(|pfn| u64::from(pfn.0) < limit) as u64;
                let present = before(range.end) - before(range.start);
                PageRun::Elided {
                    first: range.start,
                    count: range.end - range.start,
                    present,
                }
            }
        };
        NodeView {
            id,
            number,
            frames: total,
            free: total - mine.len() as u64,
            runs: fold(frames, &wanted, SMALL_NODE)
                .into_iter()
                .map(run)
                .collect(),
        }
    }

    fn frame(&self, number: u64, used: &[Pfn]) -> Cell {
        let pfn = Pfn(number as u32);
        let id = CellId::Frame(pfn);
        match used.binary_search(&pfn) {
            Ok(_) if self.kernel().frames().get(pfn).owner != Owner::Free => {
                frame_cell(self.kernel(), pfn, &self.mapcounts, id)
            }
            _ => Cell {
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
