//! close(2), and what ends with the last reference to an open file or an inode (`fput`, `iput`).

use abi::{Fd, OpenFlags, Pid};

use crate::addr::{BlockNumber, InodeId, OpenFileId, PageIndex};
use crate::event::Event;
use crate::file::descriptor::BAD_DESCRIPTOR;
use crate::file::inode::InodeKind;
use crate::kernel::Kernel;
use crate::outcome::Failure;

impl Kernel {
    /// close(2)
    pub(crate) fn sys_close(&mut self, pid: Pid, fd: Fd) -> Result<u64, Failure> {
        let removed = self
            .tasks
            .get_mut(pid)
            .and_then(|task| task.descriptors.remove(fd));
        let descriptor = removed.ok_or(BAD_DESCRIPTOR)?;
        self.emit(|| Event::DescriptorClosed { pid, fd: fd.0 });
        self.release_open_file(descriptor.file);
        Ok(0)
    }

    /// A descriptor or VMA refers to the open file no longer; the last one ends it.
    pub(crate) fn release_open_file(&mut self, id: OpenFileId) {
        let file = self.files.open_file_mut(id);
        file.references = file.references.saturating_sub(1);
        if file.references > 0 {
            return;
        }
        let Some(file) = self.files.remove_open_file(id) else {
            return;
        };
        let inode = self.files.inode_mut(file.inode);
        inode.openers = inode.openers.saturating_sub(1);
        // The file system does not hear of one that was only a path.
        if !file.flags.contains(OpenFlags::O_PATH)
            && std::mem::take(&mut inode.flushed_on_close)
            && let InodeKind::Disk(blocks) = &inode.kind
            && blocks.next_tagged(0).is_some()
        {
            self.write_back_file(file.inode);
        }
        let inode = self.files.inode_mut(file.inode);
        if let InodeKind::Pipe(pipe) = &mut inode.kind {
            pipe.readers = pipe.readers.saturating_sub(file.flags.readable().into());
            pipe.writers = pipe.writers.saturating_sub(file.flags.writable().into());
            self.wake_pipe(file.inode);
        }
        self.remove_inode_if_unused(file.inode);
    }

    /// An inode without names and openers goes, with its pages and its blocks.
    pub(crate) fn remove_inode_if_unused(&mut self, id: InodeId) {
        let inode = self.files.inode(id);
        if inode.links > 0 || inode.openers > 0 {
            return;
        }
        let was_file = inode.is_regular();
        self.drop_pages_from(id, PageIndex(0), PageIndex(u64::MAX));
        self.free_blocks_from(id, PageIndex(0), PageIndex(u64::MAX));
        self.files.remove_inode(id);
        if was_file {
            self.emit(|| Event::FileRemoved { inode: id });
        }
    }

    /// Takes the pages `first..end` out of the cache; nobody maps them.
    pub(crate) fn drop_pages_from(&mut self, id: InodeId, first: PageIndex, end: PageIndex) {
        self.forget_evicted(id, first, end);
        let mut at = first;
        while let Some((index, _)) = self.files.inode(id).pages.next(at.0) {
            if index >= end.0 {
                return;
            }
            self.remove_page(id, PageIndex(index));
            at = PageIndex(index.saturating_add(1));
        }
    }

    /// That reclaim took pages of `first..end` is forgotten (`clear_shadow_entries`).
    pub(crate) fn forget_evicted(&mut self, id: InodeId, first: PageIndex, end: PageIndex) {
        while let Some((index, ())) = self.files.inode(id).evicted.next(first.0) {
            if index >= end.0 {
                return;
            }
            self.files.inode_mut(id).evicted.remove(index);
        }
    }

    /// Gives the blocks of the pages `first..end` back to the disk.
    pub(crate) fn free_blocks_from(&mut self, id: InodeId, first: PageIndex, end: PageIndex) {
        while let Some((index, block)) = self.next_block(id, first) {
            if index >= end {
                return;
            }
            if let InodeKind::Disk(blocks) = &mut self.files.inode_mut(id).kind {
                blocks.remove(index.0);
            }
            self.files.disk.free(block);
        }
    }

    /// The first page from `first` on that has a block.
    pub(crate) fn next_block(
        &self,
        id: InodeId,
        first: PageIndex,
    ) -> Option<(PageIndex, BlockNumber)> {
        match &self.files.inode(id).kind {
            InodeKind::Disk(blocks) => blocks
                .next(first.0)
                .map(|(index, block)| (PageIndex(index), *block)),
            _ => None,
        }
    }
}
