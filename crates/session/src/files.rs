//! The lab's files as a person sees them: their names, sizes, and what read(2) would give.

use kernel::Kernel;
use kernel::addr::{InodeId, PAGE_SIZE, PageIndex};

/// A file of the lab's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Its name in the lab's directory.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Pages that the disk does not hold yet.
    pub dirty: u64,
}

/// The directory in which programs run, and in which added files are.
const DIRECTORY: &str = "/lab/";

/// Every regular file of the lab's directory.
pub fn files(kernel: &Kernel) -> Vec<FileInfo> {
    let named = kernel
        .files()
        .directory
        .iter()
        .filter_map(|(path, inode)| Some((path.strip_prefix(DIRECTORY)?, inode)));
    let regular = named.filter(|(_, inode)| kernel.files().inode(*inode).is_regular());
    let info = |(name, inode): (&str, InodeId)| FileInfo {
        name: name.to_string(),
        size: kernel.files().inode(inode).size,
        dirty: dirty_pages(kernel, inode),
    };
    regular.map(info).collect()
}

fn dirty_pages(kernel: &Kernel, inode: InodeId) -> u64 {
    let file = kernel.files().inode(inode);
    if !file.is_on_disk() {
        return 0;
    }
    let is_dirty = |frame: kernel::addr::Pfn| {
        let flags = kernel.frames().get(frame).flags;
        flags.contains(kernel::phys::frame::FrameFlags::DIRTY)
    };
    file.pages
        .iter()
        .filter(|(_, frame)| is_dirty(**frame))
        .count() as u64
}

/// The bytes that read(2) would give of a file now: those of the page cache where it has them, else the disk's.
pub fn file_bytes(kernel: &Kernel, name: &str) -> Option<Vec<u8>> {
    let inode = kernel
        .files()
        .directory
        .get(&format!("{DIRECTORY}{name}"))?;
    let file = kernel.files().inode(inode);
    let length = usize::try_from(file.size)
        .ok()
        .filter(|_| file.is_regular())?;
    let mut bytes = vec![0; length];
    for (index, page) in (0..)
        .map(PageIndex)
        .zip(bytes.chunks_mut(PAGE_SIZE as usize))
    {
        match (file.cached(index), file.block(index)) {
            (Some(frame), _) => kernel.frames().get(frame).contents.read(0, page),
            (None, Some(block)) => kernel.files().disk.read(block).read(0, page),
            (None, None) => {}
        }
    }
    Some(bytes)
}
