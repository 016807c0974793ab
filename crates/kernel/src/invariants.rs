//! What must hold of a kernel after every command.

use std::collections::BTreeMap;

use crate::addr::{AnonVmaId, ChainId, MmId, PageRange, Pfn, TableId, Vpn};
use crate::kernel::Kernel;
use crate::mm::address_space::{AddressSpace, Size};
use crate::mm::page_table::{Entry, Pte};
use crate::mm::table::{Resident, TOP_LEVEL, pages_at};
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::observe::PSS_SHIFT;
use crate::phys::frame::{FrameFlags, Owner};

/// What a walk of one page table adds up to.
#[derive(Default)]
struct Found {
    resident: Resident,
    tables: u64,
}

/// What a walk of all page tables adds up to.
#[derive(Default)]
struct Totals {
    mappings: BTreeMap<Pfn, u32>,
    entries_to: BTreeMap<TableId, u32>,
}

pub(crate) type Checked = Result<(), String>;

/// Checks every invariant; an error says which does not hold, and where.
pub fn check(kernel: &Kernel) -> Checked {
    let mut totals = Totals::default();
    for (id, space) in kernel.mms.iter() {
        check_space(kernel, MmId(id), space, &mut totals)
            .map_err(|why| format!("mm {id} of process {}: {why}", space.owner))?;
    }
    check_tables(kernel, &totals)?;
    check_frames(kernel, &totals)?;
    check_anon_vmas(kernel)?;
    check_tlb(kernel)?;
    check_figures(kernel)?;
    crate::file::invariants::check(kernel)
}

pub(crate) fn that(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(why()) }
}

fn check_space(kernel: &Kernel, mm: MmId, space: &AddressSpace, totals: &mut Totals) -> Checked {
    let mut size = Size::default();
    let mut end = Vpn(0);
    for vma in space.vmas.iter() {
        let range = vma.range;
        that(!range.is_empty() && range.start >= end, || {
            format!("VMA {range:?} is empty or overlaps")
        })?;
        that(range.end.0 < 1 << 35, || {
            format!("VMA {range:?} is too high")
        })?;
        end = range.end;
        size.add(vma.flags, range.pages());
        if vma.flags.contains(VmFlags::LOCKED) {
            size.locked += range.pages();
        }
        let (own, chain) = (vma.anon_vma, kernel.anon_vmas_of(vma));
        that(own.is_some() == vma.anon_vma_chain.is_some(), || {
            format!("VMA {range:?} has one of anon_vma and chain")
        })?;
        that(own.is_none_or(|own| chain.contains(&own)), || {
            format!("VMA {range:?} is not linked to its anon_vma")
        })?;
    }
    // MREMAP_DONTUNMAP of locked memory counts it once too often, as Linux 6.18 does.
    let locked = space.size.locked;
    that(size.locked <= locked, || {
        format!("{} pages are locked, counted {locked}", size.locked)
    })?;
    size.locked = locked;
    that(size == space.size, || {
        format!("size {:?} is counted as {:?}", size, space.size)
    })?;
    let mut found = Found {
        tables: 1,
        ..Found::default()
    };
    *totals.entries_to.entry(space.root).or_default() += 1;
    check_node(
        kernel,
        space,
        (space.root, TOP_LEVEL, Vpn(0)),
        &mut found,
        totals,
    )?;
    that(found.resident == space.resident, || {
        format!(
            "resident {:?}, counted {:?}",
            found.resident, space.resident
        )
    })?;
    that(found.tables == space.tables, || {
        format!("{} tables, counted {}", found.tables, space.tables)
    })?;
    for (page, entry) in kernel.entries_in(mm, PageRange::new(Vpn(0), Vpn(1 << 36))) {
        let vma = space.vma_at(page);
        let vma = vma.ok_or_else(|| format!("page {:#x} is mapped without a VMA", page.0))?;
        check_entry(kernel, vma, page, entry)?;
        if entry.is_present() {
            *totals.mappings.entry(entry.frame()).or_default() += 1;
        }
    }
    Ok(())
}

fn check_node(
    kernel: &Kernel,
    space: &AddressSpace,
    (table, level, base): (TableId, u8, Vpn),
    found: &mut Found,
    totals: &mut Totals,
) -> Checked {
    let node = kernel.tables.node(table).iter();
    for (at, entry) in (0..).zip(node).filter(|(_, entry)| entry.is_present()) {
        let page = base.plus(at * pages_at(level));
        let span = PageRange::new(page, page.plus(pages_at(level)));
        that(space.vmas_in(span).next().is_some(), || {
            format!(
                "a table of level {} at {:#x} serves no VMA",
                level - 1,
                page.0
            )
        })?;
        found.tables += 1;
        *totals.entries_to.entry(entry.table()).or_default() += 1;
        if level == 2 {
            found
                .resident
                .add(kernel.tables.info(entry.table()).resident);
        } else {
            check_node(
                kernel,
                space,
                (entry.table(), level - 1, page),
                found,
                totals,
            )?;
        }
    }
    Ok(())
}

/// An entry allows no more than its VMA, and no shared frame is writable through a private mapping.
fn check_entry(kernel: &Kernel, vma: &Vma, page: Vpn, entry: Entry) -> Checked {
    let at = || format!("entry {:?} of page {:#x}", Pte::from(entry), page.0);
    if !entry.is_present() {
        return Ok(());
    }
    let writable = entry.has(Entry::WRITABLE);
    that(!writable || vma.flags.contains(VmFlags::WRITE), || {
        format!("{} is writable, its VMA is not", at())
    })?;
    that(entry.has(Entry::USER) == vma.is_accessible(), || {
        format!("{} and its VMA differ in access", at())
    })?;
    that(
        entry.has(Entry::NO_EXECUTE) != vma.flags.contains(VmFlags::EXEC),
        || format!("{} and its VMA differ in execution", at()),
    )?;
    let frame = kernel.frames.get(entry.frame());
    match frame.owner {
        Owner::Free => Err(format!("{} maps a free frame", at())),
        Owner::Zero => that(!writable, || {
            format!("{} makes the zero page writable", at())
        }),
        Owner::Anonymous { .. } => {
            that(
                vma.anon_vma.is_some() && vma.sharing == Sharing::Private,
                || format!("{} maps a private page where there can be none", at()),
            )?;
            let exclusive = frame.flags.contains(FrameFlags::ANON_EXCLUSIVE);
            that(!writable || exclusive, || {
                format!("{} makes a shared private page writable", at())
            })
        }
        Owner::Cache { inode, index } => {
            that(
                vma.inode() == Some(inode) && vma.index_of(page) == index,
                || format!("{} maps another page than its VMA says", at()),
            )?;
            that(!writable || vma.sharing == Sharing::Shared, || {
                format!(
                    "{} makes a cached page writable through a private mapping",
                    at()
                )
            })
        }
    }
}

fn check_tables(kernel: &Kernel, totals: &Totals) -> Checked {
    for (table, info) in kernel.tables.iter() {
        let node = kernel.tables.node(table);
        let used = node.iter().filter(|entry| !entry.is_none()).count();
        that(used as u64 == u64::from(info.used), || {
            format!("{table} has {used} entries, counted {}", info.used)
        })?;
        let leading = totals.entries_to.get(&table).copied().unwrap_or(0);
        that(leading == info.sharers, || {
            format!(
                "{leading} entries lead to {table}, counted {}",
                info.sharers
            )
        })?;
        let mut resident = Resident::default();
        for entry in node.iter().filter(|e| info.level == 1 && e.is_present()) {
            resident.add(Resident::of(kernel.frames.get(entry.frame())));
        }
        that(resident == info.resident, || {
            format!("{table} maps {resident:?}, counted {:?}", info.resident)
        })?;
    }
    Ok(())
}

/// Each frame knows how often it is mapped, and is free exactly where nobody uses it.
fn check_frames(kernel: &Kernel, totals: &Totals) -> Checked {
    let counts = kernel.mapcounts();
    let mut used = 0;
    let mut shared = false;
    for (pfn, frame) in kernel.frames.iter() {
        used += 1;
        let mapped = totals.mappings.get(&pfn).copied().unwrap_or(0);
        if frame.owner == Owner::Zero {
            continue;
        }
        that(counts.of(pfn) == mapped, || {
            format!("{pfn} is mapped {mapped} times, counted {}", counts.of(pfn))
        })?;
        that(kernel.frames.is_shared(pfn) == (frame.mapcount > 1), || {
            format!("{pfn} counts {} mappings, shared or not", frame.mapcount)
        })?;
        shared |= frame.mapcount > 1;
        let anonymous = matches!(frame.owner, Owner::Anonymous { .. });
        that(!anonymous || mapped > 0, || format!("{pfn} is leaked"))?;
        // Not by how many locked VMAs: MREMAP_DONTUNMAP of a part unlocks the whole VMA and leaves its pages
        // locked, as Linux 6.18 does.
        let both = FrameFlags::MLOCKED | FrameFlags::UNEVICTABLE;
        let flags = frame.flags & both;
        that(flags.is_empty() || flags == both, || {
            format!("{pfn} is locked and not locked: {flags:?}")
        })?;
        that(!flags.is_empty() || frame.mlock_count == 0, || {
            format!("{pfn}, not locked, counts {} locks", frame.mlock_count)
        })?;
        let exclusive = counts.is_exclusive(pfn);
        that(!exclusive || (anonymous && mapped == 1), || {
            format!("{pfn} is exclusive and mapped {mapped} times")
        })?;
    }
    that(kernel.frames.any_shared() == shared, || {
        "the count of shared frames is wrong".into()
    })?;
    let free = kernel.frames.total() - used;
    that(free == kernel.frames.free_count(), || {
        format!(
            "{free} frames are free, counted {}",
            kernel.frames.free_count()
        )
    })
}

fn check_anon_vmas(kernel: &Kernel) -> Checked {
    let vmas = || kernel.mms.iter().flat_map(|(_, space)| space.vmas.iter());
    for (id, counted) in kernel.anon_vmas.iter() {
        let chains = kernel.anon_vmas.chains();
        let links = chains.filter(|(_, chain)| chain.has(AnonVmaId(id))).count();
        let active = vmas()
            .filter(|vma| vma.anon_vma == Some(AnonVmaId(id)))
            .count();
        let agrees = links == counted.links as usize && active == counted.active_vmas as usize;
        that(agrees, || {
            format!("anon_vma {id} has {links} links, {active} active VMAs; counted {counted:?}")
        })?;
    }
    for (id, chain) in kernel.anon_vmas.chains() {
        let used = vmas()
            .filter(|vma| vma.anon_vma_chain == Some(ChainId(id)))
            .count();
        that(used == chain.vmas as usize, || {
            format!("chain {id} is of {used} VMAs; counted {chain:?}")
        })?;
    }
    Ok(())
}

/// The figures of a process are what smaps adds up to.
fn check_figures(kernel: &Kernel) -> Checked {
    let mapcounts = kernel.mapcounts();
    for task in kernel.tasks.iter() {
        let Some(space) = kernel.address_space(task.pid) else {
            continue;
        };
        let figures = kernel.process_figures(&mapcounts, task.pid);
        let (mut proportional, mut private) = (0, 0);
        for vma in space.vmas.iter() {
            let sizes = kernel.memory_sizes(&mapcounts, task.pid, vma);
            proportional += sizes.proportional;
            private += sizes.private_clean + sizes.private_dirty;
        }
        let summed = (proportional >> PSS_SHIFT, private);
        that((figures.pss, figures.uss) == summed, || {
            format!("{figures:?} has a PSS and a USS of {summed:?} by smaps")
        })?;
    }
    Ok(())
}

/// No live translation allows more than its page-table entry.
fn check_tlb(kernel: &Kernel) -> Checked {
    for cached in kernel.tlb.iter() {
        let live = kernel
            .mms
            .iter()
            .find(|(_, space)| space.asid == cached.asid);
        let Some((mm, _)) = live else { continue };
        let entry = kernel.entry_of(MmId(mm), cached.page);
        let agrees = entry.is_present()
            && entry.frame() == cached.entry.frame()
            && (entry.has(Entry::WRITABLE) || !cached.entry.has(Entry::WRITABLE))
            && (entry.has(Entry::USER) || !cached.entry.has(Entry::USER));
        that(agrees, || {
            format!(
                "the TLB has {:?} for page {:#x} of {}, the page table {:?}",
                Pte::from(cached.entry),
                cached.page.0,
                cached.asid.owner,
                Pte::from(entry)
            )
        })?;
    }
    Ok(())
}
