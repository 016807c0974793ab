//! Every file of the machine, open or not: names, inodes, open files, the disk.
//!
//! Plain data with lookups; what the calls do with it is in the files of their names. Numbers are
//! never given out twice, so that an [`InodeId`] or [`OpenFileId`] means one thing for ever.

use std::rc::Rc;

use crate::addr::{InodeId, OpenFileId};
use crate::file::block_device::BlockDevice;
use crate::file::directory::Directory;
use crate::file::inode::{Inode, InodeKind, SharedInode};
use crate::file::open_file::OpenFile;
use crate::persistent::unshared;
use crate::radix_map::RadixMap;
use crate::sorted_map::SortedMap;

/// Files and the disk that they lie on.
#[derive(Clone, Debug)]
pub struct FileSystem {
    inodes: RadixMap<SharedInode>,
    open_files: RadixMap<Rc<OpenFile>>,
    next_inode: u32,
    next_open_file: u32,
    /// Which path names which inode.
    pub directory: Directory,
    /// The disk.
    pub disk: BlockDevice,
    /// Inodes with dirty pages, and since when, in simulated nanoseconds (`dirtied_when`).
    pub dirty: Rc<SortedMap<InodeId, u64>>,
    /// What the page cache holds.
    pub counts: CacheCounts,
    /// Where reclaim looks next.
    pub reclaim_hand: (InodeId, crate::addr::PageIndex),
    /// Stand for what is asked for under a number that nobody was given.
    no_inode: SharedInode,
    no_file: Rc<OpenFile>,
}

/// Pages of the page cache, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CacheCounts {
    /// All, tmpfs included (`Cached` of /proc/meminfo).
    pub cached: u64,
    /// Of tmpfs (`Shmem`).
    pub shmem: u64,
    /// To be written to the disk (`Dirty`).
    pub dirty: u64,
}

impl FileSystem {
    /// An empty disk of `blocks` blocks, and the directories and devices that every machine has.
    pub fn new(blocks: u64) -> FileSystem {
        let no_inode = Rc::new(Inode::new(InodeKind::DevNull, 0));
        let no_file = OpenFile::new(InodeId(0), abi::OpenFlags::O_PATH, Rc::from(""));
        let mut files = FileSystem {
            inodes: RadixMap::default(),
            open_files: RadixMap::default(),
            next_inode: 1,
            next_open_file: 1,
            directory: Directory::default(),
            disk: BlockDevice::new(blocks),
            dirty: Rc::default(),
            counts: CacheCounts::default(),
            reclaim_hand: Default::default(),
            no_inode,
            no_file: Rc::new(no_file),
        };
        for path in ["/", "/dev", "/lab", "/proc", "/proc/self"] {
            files.add_named(path, InodeKind::Directory, 0o755);
        }
        for path in ["/dev/shm", "/tmp"] {
            files.add_named(path, InodeKind::Directory, 0o1777);
        }
        files.add_named("/dev/null", InodeKind::DevNull, 0o666);
        files.add_named("/dev/zero", InodeKind::DevZero, 0o666);
        files.add_named("/dev/tty", InodeKind::Terminal, 0o620);
        files
    }

    /// The inode of this number.
    #[inline]
    pub fn inode(&self, id: InodeId) -> &Inode {
        self.inodes.get(id.0.into()).unwrap_or(&self.no_inode)
    }

    /// The inode of this number, to be changed.
    #[inline]
    pub fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        let inode = self.inodes.get_mut(id.0.into());
        unshared(inode.unwrap_or(&mut self.no_inode))
    }

    /// The open file of this number.
    #[inline]
    pub fn open_file(&self, id: OpenFileId) -> &OpenFile {
        self.open_files.get(id.0.into()).unwrap_or(&self.no_file)
    }

    /// The open file of this number, to be changed.
    #[inline]
    pub fn open_file_mut(&mut self, id: OpenFileId) -> &mut OpenFile {
        let file = self.open_files.get_mut(id.0.into());
        unshared(file.unwrap_or(&mut self.no_file))
    }

    /// Every inode, by ascending number.
    pub fn inodes(&self) -> impl Iterator<Item = (InodeId, &Inode)> {
        self.inodes
            .iter()
            .map(|(id, inode)| (InodeId(id as u32), &**inode))
    }

    /// Every open file, by ascending number.
    pub fn open_files(&self) -> impl Iterator<Item = (OpenFileId, &OpenFile)> {
        self.open_files
            .iter()
            .map(|(id, file)| (OpenFileId(id as u32), &**file))
    }

    /// The first inode whose number is `from` or higher.
    pub fn next_inode(&self, from: InodeId) -> Option<InodeId> {
        self.inodes
            .next(from.0.into())
            .map(|(id, _)| InodeId(id as u32))
    }

    /// What the inode is called: its path, or that of one who has it open, with ` (deleted)`.
    pub fn name_of(&self, id: InodeId) -> String {
        if let Some(path) = self.directory.paths_of(id).next() {
            return path.to_string();
        }
        let mut opened = self.open_files().filter(|(_, file)| file.inode == id);
        let path = opened.next().map_or("", |(_, file)| &file.path);
        format!("{path} (deleted)")
    }

    /// Keeps a new inode and gives its number.
    pub fn add_inode(&mut self, inode: Inode) -> InodeId {
        let id = InodeId(self.next_inode);
        self.next_inode = self.next_inode.wrapping_add(1);
        self.inodes.insert(id.0.into(), Rc::new(inode));
        id
    }

    /// Forgets an inode, whose pages and blocks are gone.
    pub fn remove_inode(&mut self, id: InodeId) {
        self.inodes.remove(id.0.into());
        unshared(&mut self.dirty).remove(&id);
    }

    /// Keeps a new open file, which counts as an opener of its inode.
    pub fn add_open_file(&mut self, file: OpenFile) -> OpenFileId {
        let id = OpenFileId(self.next_open_file);
        self.next_open_file = self.next_open_file.wrapping_add(1);
        self.inode_mut(file.inode).openers += 1;
        self.open_files.insert(id.0.into(), Rc::new(file));
        id
    }

    /// Forgets an open file; gives it.
    pub fn remove_open_file(&mut self, id: OpenFileId) -> Option<Rc<OpenFile>> {
        self.open_files.remove(id.0.into())
    }

    /// One more descriptor or VMA refers to the open file (`get_file`).
    pub fn hold(&mut self, id: OpenFileId) {
        self.open_file_mut(id).references += 1;
    }

    /// A new inode under an absolute path.
    pub fn add_named(&mut self, path: &str, kind: InodeKind, permissions: u32) -> InodeId {
        let mut inode = Inode::new(kind, permissions);
        inode.links = 1;
        let id = self.add_inode(inode);
        self.directory.insert(path, id);
        id
    }
}

impl std::hash::Hash for FileSystem {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.inodes, &self.open_files).hash(state);
        (self.next_inode, self.next_open_file, &self.directory).hash(state);
        (&self.dirty, self.counts, self.reclaim_hand).hash(state);
        for block in self.disk.iter() {
            block.hash(state);
        }
    }
}
