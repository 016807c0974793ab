//! Scenes and sentences of a machine driven by hand.
#![allow(clippy::panic)]

use std::rc::Rc;

use abi::{Pid, Prot, VirtAddr};
use kernel::addr::{InodeId, Pfn, Vpn};
use kernel::{Command, Executable, Kernel, KernelConfig, Outcome, Segment, Width};
use view::{Area, Focus, Moment, Names, Told, explain, scene_of};

fn spawn(kernel: &mut Kernel) -> Pid {
    let segment = Segment {
        address: VirtAddr(0x400000),
        offset: 0,
        file_length: 0,
        memory_length: 8192,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
    };
    let executable = Executable {
        path: "/lab/program".into(),
        file: Rc::from([]),
        segments: vec![segment],
    };
    let step = kernel.apply(Command::Spawn {
        executable: Rc::new(executable),
        arguments: vec!["program".into()],
    });
    match step.outcome {
        Outcome::Return(pid) => Pid(pid as i32),
        other => panic!("{other:?}"),
    }
}

struct NoNames;

impl Names for NoNames {
    fn file(&self, _: InodeId) -> String {
        "data".into()
    }
    fn descriptor(&self, _: Pid, _: i32) -> Option<String> {
        None
    }
    fn area(&self, _: Pid, _: Vpn) -> Option<Area> {
        None
    }
    fn spell(&self, _: Pid, _: VirtAddr) -> Option<String> {
        Some("p[0]".into())
    }
    fn parent(&self, _: Pid) -> Option<Pid> {
        None
    }
    fn mappers(&self, _: Pfn) -> Vec<Pid> {
        Vec::new()
    }
}

#[test]
fn a_store_to_new_memory() {
    let mut kernel = Kernel::new(KernelConfig::classroom());
    let pid = spawn(&mut kernel);
    let command = Command::Store {
        pid,
        address: VirtAddr(0x401000),
        width: Width::Byte,
        value: 65,
    };
    let step = kernel.apply(command.clone());
    let moment = Moment {
        kernel: &kernel,
        running: Some(pid),
        command: Some(&command),
        events: &step.events,
        processes: &[],
    };
    insta::assert_snapshot!(scene_of(&moment, &Focus::default()), @r"
    cpu: process 100, store at 0x401000
      tlb 100 401 -> 2 rw
      tlb 100 7fffffffe -> 1 rw
    process 100: can run, 43 pages mapped
      7ffffffde rw-p [stack]: . . (30) 1
      ... 127 MiB unmapped
      7ffff7ffd r-xp [vdso]: . .
      7ffff7ffb r--p [vvar_vclock]: . .
      7ffff7ff7 r--p [vvar]: . . . .
      ... 127 TiB unmapped
      400 rw-p program data: . 2
      ... 4 MiB unmapped
    page table of 100 for 0x401000: PGD 0 PUD 0 PMD 2 PTE 1: f2 PWUAD-, was none
    node 0: 253 of 256 frames free: 0:zero 1:anon 2:anon (229)
    file program, 0 bytes:
    figures of 100: RSS 8 K PSS 8 K USS 8 K, faults 1 + 0
    machine: 1012 KiB free of 1 MiB, 0 bytes cached, 0 dirty
    ");
    let told = Told {
        step: 1,
        pid,
        statement: "",
        command: Some(&command),
        outcome: Some(&step.outcome),
        events: &step.events,
        waits: false,
        names: &NoNames,
    };
    insta::assert_snapshot!(explain(&told), @r"
    [minor fault: new memory] Process 100 stored 'A' into a page of the memory at `0x401000` for the first time, so it was given a frame of RAM.
    Until now this memory was only promised: no frame stood behind the page. The store trapped; the kernel took frame 2, filled it with zeros so that nothing of its former user can be seen, and wrote its number into the page table. Then the store ran again.
    - PTE present? no: 0 of 4 levels exist, trap
    - Is there a VMA at the address? yes, the memory at `0x400000`
    - Does the VMA allow writing? yes
    - File or anonymous? anonymous
    => Fill frame 2 with zeros and map it
    not: Map the zero page
    PTE of 0x401000: f2 PWUAD-, was none
    ");
}
