//! Files that come from outside: [`crate::Command::AddFile`], and the file of an executable.

use std::rc::Rc;

use crate::addr::{InodeId, PAGE_SIZE, PageIndex};
use crate::cache::page_cache::DISK_FULL;
use crate::event::Event;
use crate::file::directory::{absolute, parent};
use crate::file::inode::InodeKind;
use crate::file::lookup::NO_SUCH_FILE;
use crate::kernel::Kernel;
use crate::outcome::Failure;
use crate::phys::contents::Contents;

impl Kernel {
    /// Puts a file on the disk, whose blocks refer to `bytes` until they are overwritten. A file of
    /// that name loses it; directories on the way are made. Nothing is cached.
    pub(crate) fn add_file(&mut self, path: &str, bytes: &Rc<[u8]>) -> Result<InodeId, Failure> {
        let path = absolute(path)?;
        if self.directory_named(&path) {
            return Err(NO_SUCH_FILE);
        }
        self.make_directories(parent(&path));
        let size = bytes.len() as u64;
        let pages = size.div_ceil(PAGE_SIZE);
        if self.files.disk.used_blocks() + pages > self.files.disk.size() {
            return Err(DISK_FULL);
        }
        let old = self.files.directory.get(&path);
        let id = self
            .files
            .add_named(&path, InodeKind::Disk(Default::default()), 0o644);
        self.emit(|| Event::FileCreated { inode: id });
        let source = Rc::new(Rc::clone(bytes));
        for page in 0..pages {
            self.allocate_block(id, PageIndex(page))?;
            self.files.inode_mut(id).settle_block(PageIndex(page));
            if let Some(block) = self.files.inode(id).block(PageIndex(page)) {
                let contents = Contents::of_source(&source, page as u32);
                self.files.disk.write(block, contents);
            }
        }
        let inode = self.files.inode_mut(id);
        inode.size = size;
        inode.modified = self.clock;
        self.emit(|| Event::FileResized {
            inode: id,
            old: 0,
            new: size,
        });
        if let Some(old) = old {
            self.drop_name(old);
        }
        Ok(id)
    }

    fn make_directories(&mut self, path: &str) {
        if self.files.directory.get(path).is_none() {
            self.make_directories(parent(path));
            self.files.add_named(path, InodeKind::Directory, 0o755);
        }
    }
}
