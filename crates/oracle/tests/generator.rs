//! Traces use every call, flag and advice that they are not said to do without.

use std::collections::BTreeSet;

use abi::{
    Advice, FallocateFlags, MapFlags, MemfdFlags, MlockFlags, MlockallFlags, MremapFlags,
    MsyncFlags, OpenFlags, Prot, Resource, Syscall, WaitFlags, Whence,
};
use oracle::generator::Generator;
use oracle::machine::Machine as _;
use oracle::model::Model;
use oracle::operation::Action;

/// What no trace gives, and why.
const LEFT_OUT: &[&str] = &[
    // Written to the disk at once, or past the page cache: the model writes when asked.
    "O_DSYNC",
    "O_SYNC",
    "O_DIRECT",
    // Without an effect on what is compared.
    "O_NOCTTY",
    "O_NOATIME",
    "O_LARGEFILE",
    // The model's disk refuses them; ext4 does not.
    "FALLOC_FL_COLLAPSE_RANGE",
    "FALLOC_FL_INSERT_RANGE",
    // The model does not drop droppable pages.
    "MAP_DROPPABLE",
    // No huge page is set aside, and the model does not read ahead by the size of one.
    "MFD_HUGETLB",
    "MADV_HUGEPAGE",
    // Limits that nothing in the model meets, or that the machines have of their own.
    "RLIMIT_CPU",
    "RLIMIT_CORE",
    "RLIMIT_RSS",
    "RLIMIT_NPROC",
    "RLIMIT_NOFILE",
];

const F_SETFL: i32 = 4;

/// The names of flags, advice and the like that a call was given.
fn names_in(call: &Syscall, seen: &mut BTreeSet<&'static str>) {
    fn set(
        bits: impl Into<u64>,
        all: impl Iterator<Item = (&'static str, u64)>,
        seen: &mut BTreeSet<&'static str>,
    ) {
        let bits = bits.into();
        seen.extend(
            all.filter(|(_, flag)| bits & flag == *flag)
                .map(|(name, _)| name),
        );
    }
    fn number(number: i32, all: &[(&'static str, i32)], seen: &mut BTreeSet<&'static str>) {
        seen.extend(
            all.iter()
                .filter(|(_, n)| *n == number)
                .map(|(name, _)| name),
        );
    }
    match call {
        Syscall::Mmap { prot, flags, .. } => {
            set(prot.bits(), Prot::names(), seen);
            set(flags.bits(), MapFlags::names(), seen);
        }
        Syscall::Mremap { flags, .. } => set(flags.bits(), MremapFlags::names(), seen),
        Syscall::Madvise { advice, .. } => number(advice.number(), Advice::NAMES, seen),
        Syscall::Msync { flags, .. } => set(flags.bits(), MsyncFlags::names(), seen),
        Syscall::Mlock2 { flags, .. } => set(flags.bits(), MlockFlags::names(), seen),
        Syscall::Mlockall { flags } => set(flags.bits(), MlockallFlags::names(), seen),
        Syscall::Open { flags, .. } => set(flags.bits(), OpenFlags::names(), seen),
        Syscall::Fcntl {
            command: F_SETFL,
            argument,
            ..
        } => set(*argument, OpenFlags::names(), seen),
        Syscall::MemfdCreate { flags, .. } => set(flags.bits(), MemfdFlags::names(), seen),
        Syscall::Fallocate { mode, .. } => set(mode.bits(), FallocateFlags::names(), seen),
        Syscall::Wait4 { options, .. } => set(options.bits(), WaitFlags::names(), seen),
        Syscall::Lseek { whence, .. } => number(whence.number(), Whence::NAMES, seen),
        Syscall::Setrlimit { resource, .. } => number(resource.number(), Resource::NAMES, seen),
        _ => {}
    }
}

#[test]
fn every_call_and_flag_is_used_or_said_to_be_left_out() {
    let (mut calls, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut model = Model::new();
    for seed in 0..1500 {
        let mut generator = Generator::new(seed, &[]);
        model.reset();
        for _ in 0..60 {
            let operation = generator.operation();
            if let Action::Call(call) = &operation.action {
                let text = operation.to_string();
                let name = text.split([' ', '(']).nth(2).unwrap_or_default();
                calls.insert(name.to_string());
                names_in(call, &mut seen);
            }
            let answer = model.apply(&operation);
            generator.learn(&operation, &answer);
        }
    }
    let wanted = "mmap munmap mprotect mremap brk madvise mincore mlock mlock2 munlock mlockall \
        munlockall msync fork vfork wait4 _exit memfd_create open close dup dup2 fcntl read write \
        pread pwrite lseek ftruncate truncate fallocate posix_fadvise fsync fdatasync unlink pipe \
        getrlimit setrlimit";
    for name in wanted.split_whitespace() {
        assert!(calls.contains(name), "{name} is never called: {calls:?}");
    }
    let flags = Prot::names()
        .chain(MapFlags::names())
        .chain(MremapFlags::names())
        .chain(MsyncFlags::names())
        .chain(MlockFlags::names())
        .chain(MlockallFlags::names())
        .chain(OpenFlags::names())
        .chain(MemfdFlags::names())
        .chain(FallocateFlags::names())
        .chain(WaitFlags::names())
        .map(|(name, _)| name);
    let numbers = [Advice::NAMES, Whence::NAMES, Resource::NAMES];
    let numbers = numbers.into_iter().flatten().map(|(name, _)| *name);
    for name in flags.chain(numbers) {
        let left_out = LEFT_OUT.contains(&name);
        assert_eq!(
            !seen.contains(name),
            left_out,
            "{name} left out: {left_out}"
        );
    }
}
