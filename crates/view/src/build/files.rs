//! Files: the page cache, with the disk's bytes beside.

use std::ops::Range;

use abi::{Fd, Pid};
use kernel::Kernel;
use kernel::addr::{InodeId, PageIndex, Pfn};
use kernel::file::inode::Inode;
use kernel::phys::contents::PageBytes;

use super::Builder;
use super::cells::frame_cell;
use super::runs::{Stretch, around, fold};
use crate::bytes::printable;
use crate::cell::{Cell, CellId, Marks, PageKind};
use crate::figures::long_size;
use crate::scene::{BlockView, FilePageView, FileRun, FileView};

/// A file with more pages than this is folded.
const SMALL_FILE: u64 = 8;
/// So many bytes of a block are shown beside it.
const PREVIEW: u16 = 8;

/// A file's name: its path, without the working directory's; of one that has none any more, the last.
pub fn file_name(kernel: &Kernel, inode: InodeId) -> String {
    let short = |path: &str| path.strip_prefix("/lab/").unwrap_or(path).to_string();
    let files = kernel.files();
    let program = kernel
        .tasks()
        .iter()
        .find(|task| files.directory.get(&task.program) == Some(inode));
    if let Some(task) = program {
        return task
            .program
            .rsplit('/')
            .next()
            .unwrap_or(&task.program)
            .to_string();
    }
    if let Some(path) = files.directory.paths_of(inode).next() {
        return short(path);
    }
    let opened = files.open_files().find(|(_, file)| file.inode == inode);
    match opened {
        Some((_, file)) if file.path.contains("/dev/zero") => "shared anonymous memory".into(),
        Some((_, file)) => format!(
            "{} (deleted)",
            short(file.path.trim_end_matches(" (deleted)"))
        ),
        None => format!("inode {}", inode.0),
    }
}

/// The name of the file that a process has open under a descriptor.
pub fn descriptor_name(kernel: &Kernel, pid: Pid, fd: i32) -> Option<String> {
    let descriptor = kernel.tasks().get(pid)?.descriptors.get(Fd(fd))?;
    let inode = kernel.files().open_file(descriptor.file).inode;
    Some(file_name(kernel, inode))
}

impl Builder<'_> {
    /// The regular files of the lab's directory, and all others that are open or in memory.
    pub fn files(&self) -> Vec<FileView> {
        let files = self.kernel().files();
        let in_lab = |id| {
            files
                .directory
                .paths_of(id)
                .any(|path| path.starts_with("/lab/"))
        };
        let regular = files.inodes().filter(|(_, inode)| inode.is_regular());
        let seen = regular.filter(|(id, inode)| {
            inode.openers > 0 || inode.pages.iter().next().is_some() || in_lab(*id)
        });
        seen.map(|(id, inode)| self.file(id, inode)).collect()
    }

    fn file(&self, inode: InodeId, file: &Inode) -> FileView {
        let pages = self.file_runs(inode, file);
        let next_dirty = |from: u64| Some(file.pages.next_tagged(from)?.0);
        let dirty = std::iter::successors(next_dirty(0), |index| next_dirty(index + 1));
        let differing = pages
            .iter()
            .filter_map(FileRun::page)
            .find(|page| page.block.as_ref().is_some_and(|block| block.differs));
        FileView {
            id: CellId::File(inode),
            inode,
            name: file_name(self.kernel(), inode),
            size: file.size,
            size_words: long_size(file.size),
            on_disk: file.is_on_disk(),
            cached: file.pages.len(),
            dirty: dirty.count() as u64,
            note: differing
                .and_then(|page| page.block.as_ref())
                .map(difference_note),
            pages,
        }
    }

    fn file_runs(&self, inode: InodeId, file: &Inode) -> Vec<FileRun> {
        let last = file.pages.last().map_or(0, |last| last + 1);
        let mut wanted = self.opened(CellId::File(inode));
        wanted.push(0..1);
        let drawn = usize::try_from(self.focus.cells).unwrap_or(usize::MAX);
        let cached = file.pages.iter().map(|(index, _)| index);
        wanted.extend(cached.take(drawn).map(|index| index..index + 1));
        if let Some(
            CellId::Cached {
                inode: selected,
                index,
            }
            | CellId::Block {
                inode: selected,
                index,
            },
        ) = self.focus.selected
            && selected == inode
        {
            wanted.push(around(index.0));
        }
        let stretches = fold(0..file.page_count().max(last), &wanted, SMALL_FILE);
        let run = |stretch| match stretch {
            Stretch::Shown(range) => self.file_pages(inode, file, range),
            Stretch::Folded(range) => {
                let (first, count) = (PageIndex(range.start), range.end - range.start);
                vec![FileRun::Elided {
                    first,
                    count,
                    cached: file.pages.count(range),
                }]
            }
        };
        stretches.into_iter().flat_map(run).collect()
    }

    fn file_pages(&self, inode: InodeId, file: &Inode, range: Range<u64>) -> Vec<FileRun> {
        let page = |index| {
            let id = CellId::Cached { inode, index };
            let cell = match file.cached(index) {
                Some(pfn) => frame_cell(self.kernel(), pfn, &self.mapcounts, id),
                None => Cell {
                    id,
                    kind: PageKind::NotPresent,
                    frame: None,
                    marks: Marks::empty(),
                },
            };
            FileRun::Page(FilePageView {
                index,
                block: self.block(inode, file, &cell, index),
                cell,
            })
        };
        range.map(PageIndex).map(page).collect()
    }

    fn block(
        &self,
        inode: InodeId,
        file: &Inode,
        cell: &Cell,
        index: PageIndex,
    ) -> Option<BlockView> {
        let on_disk = self.disk_bytes(inode, index)?;
        let cached = cell
            .frame
            .filter(|_| cell.marks.intersects(Marks::DIRTY | Marks::WRITEBACK));
        let difference = cached.and_then(|pfn| {
            let in_memory = self.kernel().frames().get(pfn).contents.to_bytes();
            in_memory
                .iter()
                .zip(&on_disk)
                .position(|(new, old)| new != old)
        });
        let at = difference
            .unwrap_or(0)
            .min(on_disk.len() - usize::from(PREVIEW));
        Some(BlockView {
            id: CellId::Block { inode, index },
            number: file.block(index).map(|block| block.0),
            preview: on_disk
                .iter()
                .skip(at)
                .take(PREVIEW.into())
                .copied()
                .collect(),
            preview_offset: u16::try_from(at).unwrap_or(0),
            differs: difference.is_some(),
        })
    }

    /// The frame that caches a page of a file.
    pub fn cached(&self, inode: InodeId, index: PageIndex) -> Option<Pfn> {
        self.kernel().files().inode(inode).cached(index)
    }

    /// What the disk holds of a page of a file; none of files that are in memory alone.
    pub fn disk_bytes(&self, inode: InodeId, index: PageIndex) -> Option<PageBytes> {
        let files = self.kernel().files();
        let file = files.inode(inode);
        let block = file
            .block(index)
            .map(|block| files.disk.read(block).to_bytes());
        file.is_on_disk().then(|| block.unwrap_or([0; 4096]))
    }
}

/// What the disk still holds where memory holds something else.
fn difference_note(block: &BlockView) -> String {
    let first = block.preview.first().copied().unwrap_or(0);
    match first {
        0x21..=0x7e => format!("dirty: the disk still says '{}'", printable(&[first])),
        _ => format!("dirty: the disk still holds {first:02x}"),
    }
}
