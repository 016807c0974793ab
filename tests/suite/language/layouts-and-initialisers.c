/* Sizes, offsets and initialisers of structs, unions, enums, arrays and compound literals. */
#include <stdio.h>
#include <stddef.h>
#include <string.h>
#include <stdint.h>
struct a {
    char c;
    int i;
    char d;
};
struct b {
    char c;
    char d;
    int i;
};
struct c {
    char c;
    long l;
    short s;
};
struct d {
    char x[3];
    short s;
};
union u {
    int i;
    char c[4];
    long l;
};
struct e {
    struct a a;
    char z;
};
struct f {
    char c;
    union u u;
};
struct __attribute__((packed)) g {
    char c;
    int i;
};
struct h {
    int n;
    char data[];
};
struct bits {
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
};
typedef struct node {
    int v;
    struct node *next;
} node_t;
typedef struct {
    int x, y;
} point;
enum color { RED, GREEN = 5, BLUE, BIG = 1000 };
struct outer {
    int k;
    struct {
        int p, q;
    } in;
    union {
        int i;
        char *f;
    };
};
static point mk(int x, int y)
{
    point p = {x, y};
    return p;
}
static point add(point a, point b)
{
    a.x += b.x;
    a.y += b.y;
    return a;
}

int main(void)
{
    printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu\n", sizeof(struct a), sizeof(struct b), sizeof(struct c),
           sizeof(struct d), sizeof(union u), sizeof(struct e), sizeof(struct f), sizeof(struct g), sizeof(struct h),
           sizeof(struct bits));
    printf("%zu %zu %zu %zu %zu\n", offsetof(struct a, i), offsetof(struct a, d), offsetof(struct e, z),
           offsetof(struct f, u), offsetof(struct h, data));
    printf("%zu %zu\n", offsetof(struct outer, in.q), offsetof(struct outer, i));
    printf("%zu %zu %zu\n", _Alignof(struct c), _Alignof(char), _Alignof(struct g));
    point p = mk(1, 2), q = {.y = 10, .x = 20};
    p = add(p, q);
    printf("%d %d\n", p.x, p.y);
    printf("%d\n", mk(7, 8).y);
    printf("%d\n", add(mk(1, 1), (point){2, 3}).y);
    union u u;
    u.l = 0;
    u.i = 0x01020304;
    printf("%d %d %ld\n", u.c[0], u.c[3], u.l);
    enum color c = BLUE;
    printf("%d %d %zu\n", c, BIG, sizeof c);
    int arr[] = {[3] = 4, [1] = 2, 9, [6] = 1};
    printf("%zu:", sizeof arr / sizeof *arr);
    for (int i = 0; i < 7; i++)
        printf(" %d", arr[i]);
    puts("");
    struct {
        char n[8];
        int v[2];
        point p;
    } t[] = {{"one", {1, 2}, {3, 4}}, {.p = {.y = 9}, .n = "two"}, {"x", 5, 6, 7, 8}};
    for (int i = 0; i < 3; i++)
        printf("%s %d %d %d %d\n", t[i].n, t[i].v[0], t[i].v[1], t[i].p.x, t[i].p.y);
    struct outer o = {1, {2, 3}, {4}};
    printf("%d %d %d %d %zu\n", o.k, o.in.p, o.in.q, o.i, sizeof o);
    node_t n3 = {3, NULL}, n2 = {2, &n3}, n1 = {1, &n2};
    int s = 0;
    for (node_t *n = &n1; n; n = n->next)
        s = s * 10 + n->v;
    printf("%d\n", s);
    point *pp = &p;
    pp->x++;
    ++pp->y;
    (*pp).x *= 2;
    printf("%d %d\n", p.x, p.y);
    point ps[3] = {{1, 2}, {3, 4}, {5, 6}};
    pp = ps;
    pp++;
    printf("%d %d %ld\n", pp->x, pp[1].y, (long)(&ps[2] - ps));
    point copy = *pp++;
    printf("%d %d\n", copy.x, pp->x);
    int m[2][3] = {{1, 2, 3}, {4, 5, 6}};
    int flat[2][3] = {1, 2, 3, 4};
    printf("%d %d %zu %zu\n", m[1][2], flat[1][1], sizeof m, sizeof m[0]);
    int (*row)[3] = m;
    row++;
    printf("%d %d\n", (*row)[0], row[0][1]);
    printf("%d\n", *(*(m + 1) + 1));
    struct a z = {0};
    printf("%d %d %d\n", z.c, z.i, z.d);
    struct a y;
    memset(&y, 0, sizeof y);
    y = z;
    printf("%d\n", memcmp(&y, &z, sizeof y) == 0);
    const struct {
        int a;
    } cs = {5};
    printf("%d\n", cs.a);
    static const char *const names[] = {[RED] = "red", [GREEN] = "green", [BLUE] = "blue"};
    printf("%s %s %zu\n", names[RED], names[BLUE], sizeof names / sizeof names[0]);
    printf("%d\n", names[2] == NULL);
    point *dyn = (point[]){{1, 2}, {3, 4}};
    printf("%d\n", dyn[1].x);
    int *ip = (int[]){7, 8, 9};
    printf("%d\n", ip[2]);
    return 0;
}
