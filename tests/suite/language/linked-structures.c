/* Pointers to structs: a hash table with chains, a doubly linked list, a tree printed in order, sorting in place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    int count;
    char word[];
};

struct node {
    int key;
    struct node *left, *right;
};

static struct entry *buckets[16];

static unsigned hash(const char *s)
{
    unsigned h = 5381;
    while (*s)
        h = h * 33 + (unsigned char)*s++;
    return h;
}

static struct entry *lookup(const char *word)
{
    struct entry **at = &buckets[hash(word) % 16];
    while (*at && strcmp((*at)->word, word) != 0)
        at = &(*at)->next;
    if (*at == NULL) {
        struct entry *e = malloc(sizeof *e + strlen(word) + 1);
        e->next = NULL;
        e->count = 0;
        strcpy(e->word, word);
        *at = e;
    }
    return *at;
}

static void insert(struct node **root, int key)
{
    while (*root)
        root = key < (*root)->key ? &(*root)->left : &(*root)->right;
    *root = calloc(1, sizeof **root);
    (*root)->key = key;
}

static void print(const struct node *n)
{
    if (n) {
        print(n->left);
        printf("%d ", n->key);
        print(n->right);
    }
}

static void destroy(struct node *n)
{
    if (n == NULL)
        return;
    destroy(n->left);
    destroy(n->right);
    free(n);
}

static void sort(int *a, int n)
{
    for (int i = 1; i < n; i++) {
        int v = a[i], j = i;
        for (; j > 0 && a[j - 1] > v; j--)
            a[j] = a[j - 1];
        a[j] = v;
    }
}

int main(void)
{
    char text[] = "the cat and the dog and the bird saw the cat";
    char *word = text;
    for (char *p = text;; p++)
        if (*p == ' ' || *p == '\0') {
            int last = *p == '\0';
            *p = '\0';
            lookup(word)->count++;
            word = p + 1;
            if (last)
                break;
        }
    printf("the %d, cat %d, and %d, fish %d\n", lookup("the")->count, lookup("cat")->count, lookup("and")->count,
           lookup("fish")->count);
    int chains = 0;
    for (int i = 0; i < 16; i++)
        for (struct entry *e = buckets[i], *next; e; e = next) {
            next = e->next;
            chains++;
            free(e);
        }
    printf("%d words\n", chains);

    struct node *root = NULL;
    int keys[] = { 50, 20, 70, 10, 30, 60, 80, 20 };
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
        insert(&root, keys[i]);
    print(root);
    printf("\n");
    destroy(root);
    sort(keys, 8);
    for (int *k = keys; k < keys + 8; ++k)
        printf("%d%s", *k, k == keys + 7 ? "\n" : ",");
    return 0;
}
