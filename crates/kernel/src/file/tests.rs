//! What programs see of files through descriptors.

use abi::{FallocateFlags, Fd, MemfdFlags, OpenFlags, Path, Syscall, VirtAddr, Whence};

use crate::testing::{BUFFER, Lab};
use crate::{Event, Outcome};

#[test]
fn what_is_written_is_read_and_only_fsync_brings_it_to_the_disk() {
    let mut lab = Lab::new();
    let fd = lab.create("a.txt");
    assert_eq!(lab.write(fd, "hello"), Outcome::Return(5));
    assert_eq!(lab.pread(fd, 100, 1), "ello");
    let inode = lab.kernel.files().directory.get("/lab/a.txt").unwrap();
    let on_disk = |lab: &Lab| {
        let block = lab
            .kernel
            .files()
            .inode(inode)
            .block(crate::addr::PageIndex(0));
        lab.kernel.files().disk.read(block.unwrap()).load(0, 5)
    };
    assert_eq!(on_disk(&lab), 0);
    lab.value(Syscall::Fsync { fd });
    assert_eq!(on_disk(&lab), u64::from_le_bytes(*b"hello\0\0\0"));
    assert_eq!(lab.kernel.files().counts.dirty, 0);
}

#[test]
fn an_added_file_is_read_from_the_disk_once_and_its_bytes_are_not_copied() {
    let mut lab = Lab::new();
    lab.add_file("data", &[b'x'; 5000]);
    let fd = lab.open("data", OpenFlags::empty());
    lab.kernel.clear_events();
    assert_eq!(lab.pread(fd, 6000, 4999), "x");
    assert_eq!(lab.pread(fd, 6000, 4998), "xx");
    let reads = |event: &&Event| matches!(event, Event::BlockRead { .. });
    assert_eq!(lab.kernel.events().iter().filter(reads).count(), 1);
    let stored: u64 = lab
        .kernel
        .frames()
        .iter()
        .filter(|(_, f)| matches!(f.owner, crate::phys::frame::Owner::Cache { .. }))
        .map(|(_, f)| f.contents.stored_bytes())
        .sum();
    assert_eq!(stored, 0);
}

#[test]
fn a_copy_that_meets_a_bad_page_is_short() {
    let mut lab = Lab::new();
    let fd = lab.create("a");
    lab.write(fd, "0123456789");
    let edge = BUFFER.offset(16 * 4096 - 4);
    let call = |buffer, count| Syscall::Pread {
        fd,
        buffer,
        count,
        offset: 0,
    };
    assert_eq!(lab.value(call(edge, 10)), 4);
    assert_eq!(lab.errno(call(VirtAddr(0), 10)), "EFAULT");
    assert_eq!(lab.value(call(VirtAddr(0), 0)), 0);
    let write = Syscall::Pwrite {
        fd,
        buffer: edge,
        count: 10,
        offset: 20,
    };
    assert_eq!(lab.value(write), 4);
    assert_eq!(
        lab.value(Syscall::Lseek {
            fd,
            offset: 0,
            whence: Whence::End
        }),
        24
    );
}

#[test]
fn open_refuses_what_linux_refuses() {
    let mut lab = Lab::new();
    lab.create("file");
    let (read, create) = (OpenFlags::empty(), OpenFlags::O_CREAT);
    let cases = [
        ("none", read, "ENOENT"),
        ("none/x", create, "ENOENT"),
        ("file/x", read, "ENOTDIR"),
        ("file", create | OpenFlags::O_EXCL, "EEXIST"),
        (".", OpenFlags::O_WRONLY, "EISDIR"),
        (".", create, "EISDIR"),
        ("file", OpenFlags::O_DIRECTORY, "ENOTDIR"),
        ("", read, "ENOENT"),
    ];
    for (path, flags, errno) in cases {
        let path = Path::Text(path.into());
        assert_eq!(
            lab.errno(Syscall::Open {
                path,
                flags,
                mode: 0o644
            }),
            errno
        );
    }
    let path = lab.open("file", OpenFlags::O_PATH);
    let read = Syscall::Read {
        fd: path,
        buffer: BUFFER,
        count: 1,
    };
    assert_eq!(lab.errno(read), "EBADF");
    assert_eq!(
        lab.value(Syscall::Fstat {
            fd: path,
            buffer: BUFFER
        }),
        0
    );
}

#[test]
fn dup_shares_the_offset_and_open_does_not() {
    let mut lab = Lab::new();
    let fd = lab.create("a");
    lab.write(fd, "abc");
    let other = lab.create("a");
    let dup = Fd(lab.value(Syscall::Dup { fd }) as i32);
    let at = |lab: &mut Lab, fd| {
        lab.value(Syscall::Lseek {
            fd,
            offset: 0,
            whence: Whence::Current,
        })
    };
    assert_eq!((at(&mut lab, dup), at(&mut lab, other)), (3, 0));
    lab.value(Syscall::Dup2 {
        old: dup,
        new: Fd(1),
    });
    assert_eq!(lab.write(Fd(1), "def"), Outcome::Return(3));
    assert_eq!(lab.pread(fd, 10, 0), "abcdef");
}

#[test]
fn an_unlinked_file_lives_until_its_last_descriptor_is_closed() {
    let mut lab = Lab::new();
    let free = lab.kernel.frames().free_count();
    let fd = lab.create("a");
    lab.write(fd, "still here");
    lab.value(Syscall::Unlink {
        path: Path::Text("a".into()),
    });
    assert_eq!(lab.pread(fd, 10, 0), "still here");
    lab.kernel.clear_events();
    lab.value(Syscall::Close { fd });
    let removed = |event: &Event| matches!(event, Event::FileRemoved { .. });
    assert!(lab.kernel.events().iter().any(removed));
    assert_eq!(lab.kernel.files().disk.used_blocks(), 0);
    // Two pages of the process's buffer, and a node of its page table, were touched.
    assert_eq!(free - lab.kernel.frames().free_count(), 2);
}

#[test]
fn a_file_cut_and_grown_again_ends_in_zeros() {
    for path in ["a", "/dev/shm/a"] {
        let mut lab = Lab::new();
        let fd = lab.create(path);
        lab.write(fd, &"x".repeat(5000));
        lab.value(Syscall::Ftruncate { fd, length: 4097 });
        lab.value(Syscall::Ftruncate { fd, length: 4099 });
        assert_eq!(lab.pread(fd, 10, 4095), "xx\0\0");
    }
}

#[test]
fn holes_are_found_and_punched() {
    for path in ["a", "/dev/shm/a"] {
        let mut lab = Lab::new();
        let fd = lab.create(path);
        lab.value(Syscall::Ftruncate {
            fd,
            length: 1 << 32,
        });
        lab.call(Syscall::Pwrite {
            fd,
            buffer: BUFFER,
            count: 3 * 4096,
            offset: 1 << 30,
        });
        let seek = |offset, whence| Syscall::Lseek { fd, offset, whence };
        assert_eq!(lab.value(seek(0, Whence::Data)), 1 << 30);
        assert_eq!(
            lab.value(seek((1 << 30) + 5, Whence::Hole)),
            (1 << 30) + 3 * 4096
        );
        let mode = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        lab.value(Syscall::Fallocate {
            fd,
            mode,
            offset: 1 << 30,
            length: 4096 + 1,
        });
        assert_eq!(lab.value(seek(0, Whence::Data)), (1 << 30) + 4096);
        assert_eq!(lab.errno(seek(2 << 30, Whence::Data)), "ENXIO");
    }
}

#[test]
fn seals_forbid_what_they_name() {
    let mut lab = Lab::new();
    let name = Path::Text("m".into());
    let flags = MemfdFlags::MFD_ALLOW_SEALING;
    let fd = Fd(lab.value(Syscall::MemfdCreate { name, flags }) as i32);
    lab.write(fd, "abc");
    let add = |seals| Syscall::Fcntl {
        fd,
        command: 1033,
        argument: seals,
    };
    lab.value(add(2 | 4));
    assert_eq!(lab.errno(Syscall::Ftruncate { fd, length: 1 }), "EPERM");
    assert_eq!(lab.errno(Syscall::Ftruncate { fd, length: 9 }), "EPERM");
    let write = |offset| Syscall::Pwrite {
        fd,
        buffer: BUFFER,
        count: 1,
        offset,
    };
    assert_eq!((lab.value(write(0)), lab.errno(write(3))), (1, "EPERM"));
    lab.value(add(8 | 1));
    assert_eq!((lab.errno(write(0)), lab.errno(add(2))), ("EPERM", "EPERM"));
    assert_eq!(
        lab.value(Syscall::Fcntl {
            fd,
            command: 1034,
            argument: 0
        }),
        15
    );
}

#[test]
fn a_pipe_blocks_until_there_is_something() {
    let mut lab = Lab::new();
    lab.value(Syscall::Pipe { fds: BUFFER });
    let (reader, writer) = (Fd(3), Fd(4));
    let read = Syscall::Read {
        fd: reader,
        buffer: BUFFER,
        count: 10,
    };
    assert_eq!(lab.call(read.clone()), Outcome::Blocked);
    lab.write(writer, "hi");
    assert_eq!(lab.value(read.clone()), 2);
    assert_eq!(lab.text(BUFFER, 2), "hi");
    lab.value(Syscall::Close { fd: writer });
    assert_eq!(lab.value(read), 0);
}

#[test]
fn writing_to_a_pipe_that_nobody_reads_kills() {
    let mut lab = Lab::new();
    lab.value(Syscall::Pipe { fds: BUFFER });
    lab.value(Syscall::Close { fd: Fd(3) });
    assert_eq!(lab.write(Fd(4), "x"), Outcome::Exited);
    assert_eq!(lab.call(Syscall::Getpid {}), Outcome::Exited);
}

#[test]
fn what_is_written_to_the_terminal_is_told() {
    let mut lab = Lab::new();
    lab.write(Fd(2), "oops");
    let told = lab.kernel.events().iter().find_map(|event| match event {
        Event::TerminalWritten { fd, bytes, .. } => Some((*fd, bytes.to_vec())),
        _ => None,
    });
    assert_eq!(told, Some((2, b"oops".to_vec())));
}
