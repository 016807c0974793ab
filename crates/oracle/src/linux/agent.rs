//! The agent: the program that a compared process runs. It is about 400 bytes of machine code
//! in an ELF file of its own, so that nothing but its operations touches its memory.
//!
//! It has no stack, no libc and no memory but one page of code, the control region
//! ([`super::control`]) and what empties its TLB ([`FLUSH_ADDRESS`]), all of it below
//! [`crate::machine::COMPARED_START`]. It waits on a futex for a batch of
//! entries, executes them, notes each result, and answers. A signal of a load or store is noted in
//! the entry, and the agent goes on with the next one.

use std::arch::global_asm;

use super::control::{CONTROL_ADDRESS, CONTROL_BYTES, SLOT_BYTES};

/// Where the agent's code lies.
pub const CODE_ADDRESS: u64 = 0x10_0000;
/// Private memory that is present, also in a child: a change of all its entries empties the TLB of
/// the whole process.
pub const FLUSH_ADDRESS: u64 = 0x17_0000;
/// How many pages: one more than Linux flushes one by one (tlb_single_page_flush_ceiling).
pub const FLUSH_PAGES: u64 = 34;
/// The number of the descriptor through which the agent finds its control region.
pub const CONTROL_FD: i32 = 3;

global_asm!(
    ".section .rodata.oracle_agent, \"a\"",
    ".globl oracle_agent_start, oracle_agent_handler, oracle_agent_restorer, oracle_agent_end",
    "oracle_agent_start:",
    // mmap(CONTROL, BYTES, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 3, 0); close(3)
    "mov eax, 9",
    "mov edi, {control}",
    "mov esi, {bytes}",
    "mov edx, 3",
    "mov r10d, 0x11",
    "mov r8d, {fd}",
    "xor r9d, r9d",
    "syscall",
    "mov eax, 3",
    "mov edi, {fd}",
    "syscall",
    // mmap(FLUSH, BYTES, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_POPULATE, -1, 0)
    "mov eax, 9",
    "mov edi, {flush}",
    "mov esi, {flush_bytes}",
    "mov edx, 3",
    "mov r10d, 0x8032",
    "mov r8, -1",
    "xor r9d, r9d",
    "syscall",
    "mov r15d, {control}",
    // r15: the slot. Wait until request differs from reply.
    "2:",
    "mov edx, [r15]",
    "cmp edx, [r15+4]",
    "jne 3f",
    "mov eax, 202",
    "mov rdi, r15",
    "xor esi, esi",
    "xor r10d, r10d",
    "syscall",
    "jmp 2b",
    // r14: entries left. r13: the entry.
    "3:",
    "mov r14d, [r15+8]",
    "lea r13, [r15+64]",
    "4:",
    "test r14d, r14d",
    "jz 90f",
    "mov rdi, [r13+16]",
    "mov rsi, [r13+24]",
    "mov rdx, [r13+32]",
    "mov rcx, rdx",
    "mov qword ptr [r13+72], 0",
    "mov eax, [r13]",
    "cmp eax, 12",
    "ja 80f",
    "lea r11, [rip+5f]",
    "movsxd rax, dword ptr [r11+rax*4]",
    "add rax, r11",
    "jmp rax",
    "5:",
    ".long 10f-5b, 11f-5b, 12f-5b, 13f-5b, 14f-5b, 15f-5b, 16f-5b, 17f-5b, 18f-5b, 19f-5b, 20f-5b, 21f-5b, 22f-5b",
    "10:", // a system call
    "mov rax, [r13+8]",
    "mov r10, [r13+40]",
    "mov r8, [r13+48]",
    "mov r9, [r13+56]",
    "syscall",
    "jmp 80f",
    "11:", // loads of 1, 2, 4, 8 bytes
    "movzx eax, byte ptr [rdi]",
    "jmp 80f",
    "12:",
    "movzx eax, word ptr [rdi]",
    "jmp 80f",
    "13:",
    "mov eax, [rdi]",
    "jmp 80f",
    "14:",
    "mov rax, [rdi]",
    "jmp 80f",
    "15:", // stores of 1, 2, 4, 8 bytes
    "mov [rdi], sil",
    "jmp 79f",
    "16:",
    "mov [rdi], si",
    "jmp 79f",
    "17:",
    "mov [rdi], esi",
    "jmp 79f",
    "18:",
    "mov [rdi], rsi",
    "jmp 79f",
    // Copy rcx bytes from rsi to rdi, downwards where upwards would read what it wrote; and fill rcx
    // bytes at rdi with sil. Not by string instructions, which read further ahead, and mark a page
    // as accessed where the store is refused.
    "19:",
    "test rcx, rcx",
    "jz 79f",
    "mov edx, 1",
    "mov rax, rdi",
    "sub rax, rsi",
    "cmp rax, rcx",
    "jae 23f",
    "lea rdi, [rdi+rcx-1]",
    "lea rsi, [rsi+rcx-1]",
    "mov rdx, -1",
    "23:",
    "mov al, [rsi]",
    "mov [rdi], al",
    "add rsi, rdx",
    "add rdi, rdx",
    "dec rcx",
    "jnz 23b",
    "jmp 79f",
    "20:",
    "test rcx, rcx",
    "jz 79f",
    "mov [rdi], sil",
    "inc rdi",
    "dec rcx",
    "jmp 20b",
    "21:", // fork or vfork (rdi: its number); the child uses the slot rsi
    "mov eax, edi",
    "mov rbx, rsi",
    "syscall",
    "test rax, rax",
    "jnz 80f",
    "mov r15, rbx",
    "jmp 2b",
    // One instruction at rdi, single-stepped, its registers pointing to scratch memory, which holds
    // flags with single-stepping for it to pop. r13 and r14 are kept at r15+16.
    "22:",
    "mov [r15+16], r13",
    "mov [r15+24], r14",
    "lea rax, [r15+0x1800]",
    "mov qword ptr [rax], 0x302",
    "mov [rax-8], rdi",
    "lea rsp, [rax-8]",
    "mov rbx, rax",
    "mov rcx, rax",
    "mov rdx, rax",
    "mov rsi, rax",
    "mov rdi, rax",
    "mov rbp, rax",
    "mov r8, rax",
    "mov r9, rax",
    "mov r10, rax",
    "mov r11, rax",
    "mov r12, rax",
    "mov r13, rax",
    "mov r14, rax",
    "mov r15, rax",
    "pushfq",
    "or qword ptr [rsp], 0x100",
    "popfq",
    "ret", // the first trap comes behind this jump, the second behind the instruction
    "79:",
    "xor eax, eax",
    "80:",
    "mov [r13+64], rax",
    "add r13, 96",
    "dec r14d",
    "jmp 4b",
    "90:", // the batch is done: reply = request, and wake the one that waits
    "mov eax, [r15]",
    "mov [r15+4], eax",
    "mov eax, 202",
    "lea rdi, [r15+4]",
    "mov esi, 1",
    "mov edx, 1",
    "syscall",
    "jmp 2b",
    // handler(rdi: signal, rsi: siginfo, rdx: ucontext); in ucontext r13 to r15 are at 80, rsp at 160,
    // rip at 168, eflags at 176. The signal stack lies in the slot.
    "oracle_agent_handler:",
    "mov rax, rsp",
    "and rax, -{slot}",
    "mov rcx, [rax+16]",
    "test rcx, rcx",
    "jz 91f",
    // A fetch. The first trap goes on with the instruction.
    "cmp edi, 5",
    "jne 92f",
    "xor qword ptr [rcx+8], 1",
    "jz 92f",
    "ret",
    "92:", // the fetch is done: the registers are back, the flags are as usual
    "mov [rdx+80], rcx",
    "mov r8, [rax+24]",
    "mov [rdx+88], r8",
    "mov [rdx+96], rax",
    // What was fetched may have moved it into a signal stack, which a child then cannot change.
    "mov qword ptr [rdx+160], 0",
    "mov qword ptr [rax+16], 0",
    "mov r9, [rcx+8]",
    "mov qword ptr [rcx+8], 0",
    "and qword ptr [rdx+176], -0x44501",
    // A signal before the first trap is that of the jump. Whatever the instruction did, it was
    // fetched: of its signals only that of a page fault (trap 14 at 200) of the fetch itself (bit 4
    // of the error at 192) counts.
    "cmp edi, 5",
    "je 93f",
    "test r9, r9",
    "jz 94f",
    "mov r8, [rdx+168]",
    "cmp r8, [rcx+16]",
    "jne 93f",
    "cmp qword ptr [rdx+200], 14",
    "jne 93f",
    "test qword ptr [rdx+192], 16",
    "jnz 94f",
    "93:",
    "lea rax, [rip+79b]",
    "mov [rdx+168], rax",
    "ret",
    "91:",
    "mov rcx, [rdx+80]",
    "94:",
    "movsxd rax, dword ptr [rsi]",
    "mov [rcx+72], rax",
    "movsxd rax, dword ptr [rsi+8]",
    "mov [rcx+80], rax",
    "mov rax, [rsi+16]",
    "mov [rcx+88], rax",
    "lea rax, [rip+80b]",
    "mov [rdx+168], rax",
    "ret",
    "oracle_agent_restorer:",
    "mov eax, 15",
    "syscall",
    "oracle_agent_end:",
    ".text",
    control = const CONTROL_ADDRESS,
    bytes = const CONTROL_BYTES,
    fd = const CONTROL_FD,
    flush = const FLUSH_ADDRESS,
    flush_bytes = const FLUSH_PAGES * 4096,
    slot = const SLOT_BYTES,
);

unsafe extern "C" {
    static oracle_agent_start: u8;
    static oracle_agent_handler: u8;
    static oracle_agent_restorer: u8;
    static oracle_agent_end: u8;
}

/// Where a label of the code lies in the agent's process.
fn address_of(label: *const u8) -> u64 {
    CODE_ADDRESS + (label as u64 - &raw const oracle_agent_start as u64)
}

/// The signal handler's address in the agent.
pub fn handler() -> u64 {
    address_of(&raw const oracle_agent_handler)
}

/// The address of the code that returns from a signal.
pub fn restorer() -> u64 {
    address_of(&raw const oracle_agent_restorer)
}

fn code() -> &'static [u8] {
    let start = &raw const oracle_agent_start;
    let length = &raw const oracle_agent_end as usize - start as usize;
    // SAFETY: both labels bound one read-only section that the assembler laid out above.
    unsafe { std::slice::from_raw_parts(start, length) }
}

/// A part of the compared program that execve(2) maps beside the agent.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Where it is mapped: page-aligned, at or above [`crate::machine::COMPARED_START`].
    pub address: u64,
    /// The bytes that come from the file.
    pub bytes: Vec<u8>,
    /// Bytes in memory; what exceeds `bytes` is zero.
    pub memory_length: u64,
    /// PROT_READ, PROT_WRITE, PROT_EXEC bits.
    pub prot: u32,
}

/// An ELF executable that holds the agent and `segments` (elf(5)).
pub fn executable(segments: &[Segment]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let code = code();
    let headers = segments.len() + 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    put(&mut file, &[2 | 62 << 16 | 1 << 32, CODE_ADDRESS, 64, 0]);
    put(&mut file, &[64 << 32 | 56 << 48, headers as u64]);
    let mut offset = PAGE;
    let mut header = |prot: u32, at: u64, in_file: usize, in_memory: u64| {
        let flags = (prot & 1) << 2 | prot & 2 | (prot & 4) >> 2;
        let kind = 1 | u64::from(flags) << 32;
        let sizes = [in_file as u64, in_memory, PAGE as u64];
        put(&mut file, &[kind, offset as u64, at, at]);
        put(&mut file, &sizes);
        offset += in_file.next_multiple_of(PAGE);
    };
    header(5, CODE_ADDRESS, code.len(), code.len() as u64);
    for segment in segments {
        let in_file = segment.bytes.len();
        header(
            segment.prot,
            segment.address,
            in_file,
            segment.memory_length,
        );
    }
    // PT_GNU_STACK, not executable.
    put(&mut file, &[0x6474_e551 | 6 << 32, 0, 0, 0, 0, 0, 16]);
    for bytes in std::iter::once(code).chain(segments.iter().map(|s| &s.bytes[..])) {
        file.resize(file.len().next_multiple_of(PAGE), 0);
        file.extend_from_slice(bytes);
    }
    file
}

fn put(file: &mut Vec<u8>, words: &[u64]) {
    for word in words {
        file.extend_from_slice(&word.to_le_bytes());
    }
}
