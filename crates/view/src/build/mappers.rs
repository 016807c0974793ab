//! From a frame to the pages that map it: the reverse map, from the VMAs of the frame's object (mm/rmap.c).
//!
//! A frame's owner names its object (a file, or an `anon_vma`) and its place there; only VMAs of that object can map
//! it, each at one page. Nothing is walked that cannot be an answer.

use abi::Pid;
use kernel::Kernel;
use kernel::addr::{AnonVmaId, InodeId, Pfn, Vpn};
use kernel::mm::vma::Vma;
use kernel::phys::frame::Owner;

use super::cells::USER_SPACE;

/// What pages belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    File(InodeId),
    Anonymous(AnonVmaId),
}

/// The VMAs of all processes by the objects whose pages they may map.
pub struct Mappers<'a> {
    kernel: &'a Kernel,
    by_object: Vec<(Object, Pid, &'a Vma)>,
}

impl<'a> Mappers<'a> {
    /// Gathers them; good as long as the kernel does not change. Costs the VMAs, not the pages.
    pub fn new(kernel: &'a Kernel) -> Mappers<'a> {
        let mut by_object = Vec::new();
        for task in kernel.tasks().iter() {
            let Some(space) = kernel.address_space(task.pid) else {
                continue;
            };
            for vma in space.vmas_in(USER_SPACE) {
                if let Some(inode) = vma.inode() {
                    by_object.push((Object::File(inode), task.pid, vma));
                }
                for anon_vma in kernel.anon_vmas_of(vma) {
                    by_object.push((Object::Anonymous(*anon_vma), task.pid, vma));
                }
            }
        }
        // Stable: within an object, as the processes were created, each from its lowest address.
        by_object.sort_by_key(|(object, ..)| *object);
        Mappers { kernel, by_object }
    }

    /// Every page that a frame is mapped at, those of a process together. Of the page of zeros, which belongs to no
    /// object, all page tables are searched.
    pub fn pages(&self, frame: Pfn) -> Vec<(Pid, Vpn)> {
        let frames = self.kernel.frames();
        if !frames.is_used(frame) {
            return Vec::new();
        }
        let (object, index) = match frames.get(frame).owner {
            Owner::Cache { inode, index } => (Object::File(inode), index),
            Owner::Anonymous { anon_vma, index } => (Object::Anonymous(anon_vma), index),
            Owner::Free | Owner::Zero => return self.searched(frame),
        };
        let mut pages = Vec::new();
        let first = self
            .by_object
            .partition_point(|(other, ..)| *other < object);
        for (other, pid, vma) in self.by_object.get(first..).unwrap_or_default() {
            if *other != object {
                break;
            }
            if let Some(page) = vma.page_of(index)
                && self.maps(*pid, page, frame)
            {
                pages.push((*pid, page));
            }
        }
        pages
    }

    /// Whether a process's page is in this frame.
    pub fn maps(&self, pid: Pid, page: Vpn, frame: Pfn) -> bool {
        let walk = self.kernel.walk_to(pid, page);
        walk.is_some_and(|walk| walk.entry.is_present() && walk.entry.frame() == frame)
    }

    fn searched(&self, frame: Pfn) -> Vec<(Pid, Vpn)> {
        let mut pages = Vec::new();
        for task in self.kernel.tasks().iter() {
            for (page, entry) in self.kernel.entries(task.pid, USER_SPACE) {
                if entry.is_present() && entry.frame() == frame {
                    pages.push((task.pid, page));
                }
            }
        }
        pages
    }

    /// The processes that map a frame, each once.
    pub fn processes(&self, frame: Pfn) -> Vec<Pid> {
        let mut pids = Vec::new();
        for (pid, _) in self.pages(frame) {
            if pids.last() != Some(&pid) {
                pids.push(pid);
            }
        }
        pids
    }
}
