//! The typed tree: layouts, storage, constants, what the headers' types are.

use super::{accepted, messages};
use crate::typed::{Program, Storage};
use crate::types::{QualType, Type};

/// A program that holds a static assertion for each expression.
#[track_caller]
fn holds(before: &str, expressions: &[&str]) {
    for expression in expressions {
        let text = format!(
            "{before}\n_Static_assert({expression}, \"\");\nint main(void) {{ return 0; }}"
        );
        assert_eq!(messages(&text), Vec::<String>::new(), "{expression}");
    }
}

fn storage(program: &Program, function: usize, name: &str) -> Storage {
    let locals = &program.functions[function].locals;
    let local = locals
        .iter()
        .find(|local| local.name.as_deref() == Some(name));
    local.expect("a local").storage
}

#[test]
fn layouts_are_those_of_linux() {
    holds(
        "struct s { char c; int i; char d; long l; char e; }; union u { int i; char c[6]; };
         struct packed { char c; int i; } __attribute__((packed)); struct flex { int n; char data[]; };
         struct __attribute__((aligned(64))) line { int x; };",
        &[
            "sizeof(struct s) == 32 && offsetof(struct s, l) == 16",
            "sizeof(union u) == 8 && _Alignof(union u) == 4",
            "sizeof(struct packed) == 5",
            "sizeof(struct flex) == 4 && offsetof(struct flex, data) == 4",
            "sizeof(struct line) == 64",
            "sizeof(struct stat) == 144 && offsetof(struct stat, st_size) == 48",
            "offsetof(struct stat, st_mtime) == 88 && offsetof(struct stat, st_mode) == 24",
            "sizeof(struct rusage) == 144 && offsetof(struct rusage, ru_minflt) == 64",
            "sizeof(siginfo_t) == 128 && offsetof(siginfo_t, si_addr) == 16",
            "offsetof(siginfo_t, si_status) == 24 && offsetof(siginfo_t, si_value) == 24",
            "sizeof(struct sigaction) == 152 && offsetof(struct sigaction, sa_flags) == 136",
            "offsetof(struct sigaction, sa_sigaction) == 0 && offsetof(struct sigaction, sa_mask) == 8",
            "sizeof(sigset_t) == 128 && sizeof(jmp_buf) == 200 && sizeof(sigjmp_buf) == 200",
            "sizeof(sem_t) == 32 && sizeof(struct rlimit) == 16 && sizeof(struct timespec) == 16",
            "sizeof(struct flock) == 32 && offsetof(struct flock, l_pid) == 24",
        ],
    );
}

#[test]
fn constants_are_folded_as_c_computes() {
    holds(
        "enum e { A, B = 5, C, D = -1 }; #define F(x) ((x) * 2)"
            .replace("; #", ";\n#")
            .as_str(),
        &[
            "C == 6 && D < 0 && sizeof(enum e) == 4",
            "-7 / 2 == -3 && -7 % 2 == -1 && (-7 >> 1) == -4",
            "(unsigned char)300 == 44 && (signed char)200 == -56",
            "-1 > 0u && -1 < 0l && sizeof(1 + 1u) == 4 && sizeof('a') == 4",
            "(1 ? 2 : 3) == 2 && !(0 && 1 / 0) && (1 || 1 / 0)",
            "F(3) + 1 == 7 && 010 == 8 && 0x7fffffff + 0u == 2147483647",
            "sizeof \"abc\" == 4 && sizeof(int[3][4]) == 48 && sizeof(char (*)[9]) == 8",
            "(char)-1 == -1 && ~0u == 4294967295 && (1ull << 63) > 0",
            "PROT_READ == 1 && MAP_ANONYMOUS == 0x20 && EINVAL == 22 && SIGSEGV == 11 && _SC_PAGESIZE == 30",
            "INT_MIN < 0 && LONG_MAX + 1ul == 1ul << 63 && SIZE_MAX == -1ul && UINT_MAX == 4294967295",
            "WIFEXITED(0x700) && WEXITSTATUS(0x700) == 7 && WIFSIGNALED(11) && WTERMSIG(139) == 11 && !WIFSTOPPED(11)",
            "&((struct stat *)0)->st_size == (off_t *)48",
        ],
    );
}

#[test]
fn scalars_are_registers_until_their_address_is_taken() {
    let program = accepted(
        "struct p { int x; };
         int f(int a, int b) { int c = a; volatile int v = 1; int *q = &b; int arr[2]; struct p s; static int t;
             return c + *q + arr[0] + s.x + t + v; }
         int main(void) { return f(1, 2); }",
    );
    for name in ["a", "c", "q", "v"] {
        assert_eq!(storage(&program, 0, name), Storage::Register, "{name}");
    }
    for name in ["b", "arr", "s"] {
        assert_eq!(storage(&program, 0, name), Storage::Memory, "{name}");
    }
    assert_eq!(program.globals[0].function.as_deref(), Some("f"));
}

#[test]
fn a_variable_is_in_scope_in_its_block() {
    let text = "int main(void) { int a = 1; { int b = 2; a = b; } for (int c = 0; c < 3; c++) a++; return a; }";
    let program = accepted(text);
    let scope = |name: &str| {
        let locals = &program.functions[0].locals;
        let local = locals
            .iter()
            .find(|local| local.name.as_deref() == Some(name))
            .unwrap();
        &text[local.scope.start as usize..local.scope.end as usize]
    };
    assert!(scope("a").ends_with("return a; }"));
    assert_eq!(scope("b"), " = 2; a = b; }");
    assert_eq!(scope("c"), " = 0; c < 3; c++) a++;");
}

#[test]
fn types_are_spelled_as_declared() {
    let program = accepted(
        "typedef int row_t[10];
         int main(void) { size_t n = 1; row_t *m = 0; const char *s = 0; volatile pid_t p = 0; char b[] = \"ab\";
             struct stat st; return n + **m + *s + p + b[0] + st.st_mode; }",
    );
    let spelled = program.functions[0]
        .locals
        .iter()
        .map(|local| &*local.spelled);
    let spelled: Vec<_> = spelled.collect();
    assert_eq!(
        spelled,
        [
            "size_t",
            "row_t *",
            "const char *",
            "volatile pid_t",
            "char [3]",
            "struct stat"
        ]
    );
}

#[test]
fn globals_have_their_bytes_and_pointers() {
    let program = accepted(
        "struct s { char c; int i; const char *name; } table[2] = { { 'a', 2, \"x\" }, { .i = -1 } };
         int big[1000000] = { [999999] = 7 };
         int *p = &big[3]; char text[8] = \"hi\"; char *q = text + 1; void (*h)(int) = SIG_DFL;
         int main(void) { return 0; }",
    );
    let global = |name: &str| {
        program
            .globals
            .iter()
            .find(|global| &*global.name == name)
            .unwrap()
    };
    let table = global("table");
    assert_eq!(table.size, 32);
    assert_eq!(table.data[0].bytes, [b'a']);
    assert_eq!(
        (table.data[1].offset, table.data[1].bytes.as_slice()),
        (4, [2, 0, 0, 0].as_slice())
    );
    assert_eq!(table.data[2].offset, 20);
    assert_eq!(table.relocations[0].offset, 8);
    let big = global("big");
    assert_eq!((big.data.len(), big.data[0].offset), (1, 3_999_996));
    assert_eq!(global("p").relocations[0].addend, 12);
    assert_eq!(global("q").relocations[0].addend, 1);
    assert_eq!(global("text").data[0].bytes, *b"hi\0");
}

#[test]
fn equal_strings_are_one() {
    let program = accepted(
        "int main(void) { puts(\"same\"); puts(\"sa\" \"me\"); puts(\"other\"); return 0; }",
    );
    assert_eq!(program.strings.len(), 2);
}

#[test]
fn parameters_come_first() {
    let program = accepted(
        "int f(int n, int m[n][n], int k) { return m[k][k]; }
         int main(void) { int a[2][2] = { { 1, 2 }, { 3, 4 } }; return f(2, a, 1); }",
    );
    let names: Vec<_> = program.functions[0]
        .locals
        .iter()
        .map(|local| local.name.as_deref())
        .collect();
    assert_eq!(names, [Some("n"), Some("m"), Some("k"), None]);
    let ty: &QualType = &program.functions[0].locals[1].ty;
    assert!(matches!(ty.ty, Type::Pointer(_)));
}

#[test]
fn old_programs_may_leave_the_type_of_main_out() {
    let program = accepted("#include <stdio.h>\nmain()\n{\n    puts(\"x\");\n}\n");
    assert_eq!(
        program.functions[program.entry.index()].ty.result,
        Type::INT
    );
}

#[test]
fn what_courses_write_is_accepted() {
    for body in [
        "int fd[2]; if (pipe(fd) == -1) { perror(\"pipe\"); exit(EXIT_FAILURE); }",
        "struct sigaction sa = { .sa_handler = SIG_IGN, .sa_flags = SA_RESTART | SA_SIGINFO }; sigaction(SIGCHLD, &sa, NULL);",
        "void (*old)(int) = signal(SIGINT, SIG_DFL); if (old == SIG_ERR) return 1; signal(SIGINT, old);",
        "printf(\"%p %p\\n\", (void *)main, main);",
        "int *p = 0, a[3] = { 0 }, **q = &p; p = a; *q = &a[1]; *p++ = 1; (*q)--; return p - a;",
        "char c; read(0, &c, sizeof c); switch (c) { case 'a' ... 'z': break; default: ; }",
        "struct { int a; union { int b; char c[4]; }; } s = { 1, { 2 } }; s.c[0] = 1; return s.b;",
        "struct { int x; } a = { 1 }, b; b = a; struct { int y; } *z = (void *)&b; return z->y;",
        "unsigned char vec[(4096 * 4 + 4095) / 4096]; mincore((void *)0, 4096, vec); return vec[0] & 1;",
        "int n = 3; int a[n], (*p)[n] = &a; (*p)[1] = 2; return sizeof *p + sizeof(int[n]);",
        "for (;;) { goto out; } out: return 0;",
        "int x = 1; x = x ? x : -x, x += 2; do x--; while (x > 0); return !x;",
        "char buf[4096] __attribute__((aligned(4096))); static _Alignas(64) int z; return buf[0] + z;",
        "extern int errno; errno = 0; if (errno) perror(\"x\"); fprintf(stderr, \"%s\\n\", strerror(errno));",
        "void *p = sbrk(0); p = p + 1; p += 2; if (p == (void *)-1 || p > (void *)0x1000) return 1;",
        "const struct timespec ts = { .tv_nsec = 1000000L }; nanosleep(&ts, 0); (void)ts;",
        "char *argv[] = { \"a\", \"b\", NULL }; for (char **a = argv; *a != NULL; ++a) puts(*a);",
        "typedef struct node node; struct node { node *next; int v; } *list = NULL; for (node *n = list; n; n = n->next) ;",
        "uint8_t *b = (uint8_t[]){ 1, 2, 3 }; int *one = &(int){ 4 }; return b[1] + *one;",
        "typeof(1) t = 2; __typeof__(t) *u = &t; return *u;",
        "assert(sizeof(void *) == 8 && \"LP64\");",
        "int a[] = { 1, 2, 3 }; printf(\"%zu\\n\", sizeof a / sizeof *a); return 2[a];",
        "long n = lseek(3, 0, SEEK_END); printf(\"%ld %jd\\n\", n, (intmax_t)n);",
        "struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY }; setrlimit(RLIMIT_AS, &r);",
        "int status; wait(&status); if (WIFEXITED(status)) return WEXITSTATUS(status);",
    ] {
        accepted(&format!(
            "int main(int argc, char **argv_) {{ {body}\n return 0; }}"
        ));
    }
}
