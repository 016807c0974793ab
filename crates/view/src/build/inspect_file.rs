//! A file, one of its cached pages, or one of its blocks, in full.

use kernel::addr::{InodeId, PageIndex};

use super::Builder;
use super::files::file_name;
use super::inspect::{Telling, row};
use crate::cell::{CellId, Marks};
use crate::figures::long_size;
use crate::scene::FileRun;

impl Builder<'_> {
    /// What is to be said of it.
    pub fn inspect_file(&self, id: CellId) -> Option<Telling> {
        match id {
            CellId::File(inode) => self.inspect_inode(inode),
            CellId::Cached { inode, index } => self.inspect_cached(inode, index),
            CellId::Block { inode, index } => self.inspect_block(inode, index),
            _ => None,
        }
    }

    fn inspect_inode(&self, inode: InodeId) -> Option<Telling> {
        let view = self.files().into_iter().find(|file| file.inode == inode)?;
        let file = self.kernel().files().inode(inode);
        let place = if view.on_disk {
            "on the disk"
        } else {
            "in memory alone"
        };
        let rows = vec![
            row("size", format!("{} bytes", view.size)),
            row("pages in the cache", view.cached.to_string()),
            row("of them dirty", view.dirty.to_string()),
            row("open descriptions", file.openers.to_string()),
            row("names", file.links.to_string()),
        ];
        Some((
            format!("File {}", view.name),
            format!("It lives {place}."),
            rows,
        ))
    }

    fn page_of(&self, inode: InodeId, index: PageIndex) -> Option<crate::scene::FilePageView> {
        let file = self.files().into_iter().find(|file| file.inode == inode)?;
        let mut pages = file.pages.into_iter().filter_map(|run| match run {
            FileRun::Page(page) => Some(page),
            FileRun::Elided { .. } => None,
        });
        pages.find(|page| page.index == index)
    }

    fn inspect_cached(&self, inode: InodeId, index: PageIndex) -> Option<Telling> {
        let name = file_name(self.kernel(), inode);
        let title = format!("Page {} of {name} in the page cache", index.0);
        let Some(frame) = self.cached(inode, index) else {
            return Some((
                title,
                "It is not cached: the next use reads it from the disk.".into(),
                Vec::new(),
            ));
        };
        let page = self.page_of(inode, index);
        let dirty = page
            .as_ref()
            .is_some_and(|page| page.cell.marks.contains(Marks::DIRTY));
        let summary = match dirty {
            true => "It is dirty: it must be written to the disk before it may be dropped.",
            false => "It is clean: it may be dropped at any time, since the disk holds the same.",
        };
        let rows = vec![
            row("frame", frame.0.to_string()),
            row("mapped by", self.mapcounts.of(frame).to_string()),
        ];
        Some((title, summary.into(), rows))
    }

    fn inspect_block(&self, inode: InodeId, index: PageIndex) -> Option<Telling> {
        let name = file_name(self.kernel(), inode);
        let file = self.kernel().files().inode(inode);
        let block = file.block(index);
        let differs = self
            .page_of(inode, index)
            .and_then(|page| page.block)
            .is_some_and(|block| block.differs);
        let summary = match (block, differs) {
            (None, _) => "It is a hole: the disk holds nothing, and it reads as zeros.",
            (_, true) => "Memory holds something newer, which is not written yet.",
            (_, false) => "What would be left if the power failed now.",
        };
        let rows = vec![
            row(
                "block",
                block.map_or("none".into(), |block| block.0.to_string()),
            ),
            row("size", long_size(kernel::addr::PAGE_SIZE)),
        ];
        Some((
            format!("Page {} of {name} on the disk", index.0),
            summary.into(),
            rows,
        ))
    }
}
