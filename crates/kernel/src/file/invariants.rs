//! What must hold of files, the page cache, the disk and descriptors after every command.

use std::collections::{BTreeMap, BTreeSet};

use crate::addr::{InodeId, OpenFileId, PageIndex};
use crate::file::{CacheCounts, Inode, InodeKind};
use crate::invariants::{Checked, that};
use crate::kernel::Kernel;
use crate::phys::contents::Contents;
use crate::phys::frame::{FrameFlags, Owner};

/// Checks them all; an error says which does not hold, and where.
pub(crate) fn check(kernel: &Kernel) -> Checked {
    check_cache(kernel)?;
    check_disk(kernel)?;
    check_references(kernel)?;
    check_tasks(kernel)
}

/// Every cached page has its frame, every frame of the cache its page; the counters agree.
fn check_cache(kernel: &Kernel) -> Checked {
    let mut counts = CacheCounts::default();
    for (id, inode) in kernel.files.inodes() {
        for (index, frame) in inode.pages.iter() {
            let index = PageIndex(index);
            let (inode_id, flags) = (id, kernel.frames.get(*frame).flags);
            let owner = Owner::Cache {
                inode: inode_id,
                index,
            };
            let at = || format!("{index} of {id} in {frame}");
            that(kernel.frames.get(*frame).owner == owner, || {
                format!("{}: the frame is another's", at())
            })?;
            let dirty = flags.contains(FrameFlags::DIRTY);
            let tagged = inode.pages.is_tagged(index.0);
            that(tagged == (dirty && inode.is_on_disk()), || {
                format!("{}: dirty {dirty}, tagged {tagged}", at())
            })?;
            // Only a write that could not read its buffer leaves a page there.
            let within = index.0 < inode.page_count() || inode.is_tmpfs();
            let is_empty = kernel.frames.get(*frame).contents == Contents::ZERO;
            that(within || is_empty, || format!("{}: behind the end", at()))?;
            counts.cached += 1;
            counts.shmem += u64::from(inode.is_tmpfs());
            counts.dirty += u64::from(tagged);
        }
        let listed = kernel.files.dirty.contains_key(&id);
        that(listed == inode.pages.next_tagged(0).is_some(), || {
            format!("{id} is listed as dirty: {listed}")
        })?;
    }
    that(counts == kernel.files.counts, || {
        format!(
            "the cache holds {counts:?}, counted {:?}",
            kernel.files.counts
        )
    })?;
    let frames = kernel.frames.iter();
    let of_cache = frames.filter(|(_, f)| matches!(f.owner, Owner::Cache { .. }));
    let in_cache = of_cache.count() as u64;
    that(in_cache == counts.cached, || {
        format!(
            "{in_cache} frames are the cache's, which has {}",
            counts.cached
        )
    })
}

/// No block belongs to two pages, and all blocks in use belong to one.
fn check_disk(kernel: &Kernel) -> Checked {
    let mut used = BTreeSet::new();
    for (id, inode) in kernel.files.inodes() {
        let InodeKind::Disk(blocks) = &inode.kind else {
            continue;
        };
        for (index, block) in blocks.iter() {
            that(used.insert(*block), || {
                format!("{block}, page {index} of {id}, is another's too")
            })?;
        }
        let homeless = inode.pages.iter().find(|(index, frame)| {
            let dirty = kernel.frames.get(**frame).flags.contains(FrameFlags::DIRTY);
            dirty && inode.block(PageIndex(*index)).is_none()
        });
        that(homeless.is_none(), || {
            format!("{homeless:?} of {id} is dirty without a block")
        })?;
    }
    let (used, counted) = (used.len() as u64, kernel.files.disk.used_blocks());
    that(used == counted, || {
        format!("{used} blocks are in use, counted {counted}")
    })
}

/// Names, open files, descriptors and VMAs are counted where they lead.
fn check_references(kernel: &Kernel) -> Checked {
    let mut references: BTreeMap<OpenFileId, u32> = BTreeMap::new();
    for task in kernel.tasks.iter() {
        for (_, descriptor) in task.descriptors.iter() {
            *references.entry(descriptor.file).or_default() += 1;
        }
    }
    let vmas = kernel.mms.iter().flat_map(|(_, space)| space.vmas.iter());
    for file in vmas.filter_map(|vma| vma.file()) {
        *references.entry(file).or_default() += 1;
    }
    let mut openers: BTreeMap<InodeId, u32> = BTreeMap::new();
    for (id, file) in kernel.files.open_files() {
        *openers.entry(file.inode).or_default() += 1;
        let found = references.remove(&id).unwrap_or(0);
        that(found == file.references, || {
            format!("{id} has {found} references, counted {}", file.references)
        })?;
    }
    that(references.is_empty(), || {
        format!("{references:?} lead to no open file")
    })?;
    let mut names: BTreeMap<InodeId, u32> = BTreeMap::new();
    for (_, id) in kernel.files.directory.iter() {
        *names.entry(id).or_default() += 1;
    }
    for (id, inode) in kernel.files.inodes() {
        let links = names.remove(&id).unwrap_or(0);
        let opened = openers.remove(&id).unwrap_or(0);
        that(links == inode.links && opened == inode.openers, || {
            let Inode {
                links: l,
                openers: o,
                ..
            } = inode;
            format!("{id} has {links} names and {opened} openers, counted {l} and {o}")
        })?;
        that(links + opened > 0, || format!("{id} is leaked"))?;
    }
    that(names.is_empty() && openers.is_empty(), || {
        format!("{names:?} and {openers:?} lead to no inode")
    })
}

/// A process that ended holds nothing; each address space knows how many use it.
fn check_tasks(kernel: &Kernel) -> Checked {
    let mut users: BTreeMap<u32, u32> = BTreeMap::new();
    for task in kernel.tasks.iter() {
        let holds = task.mm.is_some() || task.descriptors.iter().next().is_some();
        that(!task.is_zombie() || !holds, || {
            format!("process {} has ended and holds something", task.pid)
        })?;
        if let Some(mm) = task.mm {
            *users.entry(mm.0).or_default() += 1;
        }
    }
    for (id, space) in kernel.mms.iter() {
        let found = users.remove(&id).unwrap_or(0);
        that(found == space.users, || {
            format!("mm {id} has {found} users, counted {}", space.users)
        })?;
    }
    that(users.is_empty(), || format!("{users:?} is no mm"))
}
