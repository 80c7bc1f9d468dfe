// The page's allocator, a third of emmalloc's size. Blocks come in four sizes
// to each power of two and go back to a list of their own size; they are never
// split or joined. That fits what the core does: it holds a bounded number of
// texts and records of a few sizes, and frees nearly all at each flush. Out of
// memory traps, and the shim goes on without the core.
#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" {

extern char __heap_base;

namespace {

struct Block {
  Block* next;         // in its free list
  std::uint32_t size;  // with this header
};
constexpr std::size_t kHeader = sizeof(Block);

Block* free_blocks[32 * 4];
char* heap_at = &__heap_base;

// Rounds the size up; gives the number of its free list.
unsigned round_up(std::size_t& bytes) {
  const unsigned power = 31u - static_cast<unsigned>(__builtin_clz(bytes));
  const std::size_t step = std::size_t{1} << (power - 2);
  bytes = (bytes + step - 1) & ~(step - 1);
  // One power further if that was rounded up to: then `bytes / step` is 8.
  return power * 4 + bytes / step - 4;
}

Block* new_block(std::size_t bytes) {
  const std::size_t end = __builtin_wasm_memory_size(0) << 16;
  const std::size_t at = reinterpret_cast<std::size_t>(heap_at);
  if (bytes > end - at) {
    const std::size_t pages = (bytes - (end - at) + 0xFFFF) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) __builtin_trap();
  }
  Block* block = reinterpret_cast<Block*>(heap_at);
  heap_at += bytes;
  block->size = bytes;
  return block;
}

}  // namespace

void* malloc(std::size_t bytes) {
  if (bytes > SIZE_MAX / 4) __builtin_trap();
  bytes = (bytes + kHeader + 7) & ~std::size_t{7};
  const unsigned list = round_up(bytes);
  Block* block = free_blocks[list];
  if (block != nullptr) {
    free_blocks[list] = block->next;
  } else {
    block = new_block(bytes);
  }
  return block + 1;
}

// Emscripten's would call into JavaScript.
[[noreturn]] void abort() { __builtin_trap(); }

void free(void* memory) {
  if (memory == nullptr) return;
  Block* block = static_cast<Block*>(memory) - 1;
  std::size_t bytes = block->size;
  const unsigned list = round_up(bytes);
  block->next = free_blocks[list];
  free_blocks[list] = block;
}

void* realloc(void* memory, std::size_t bytes) {
  if (memory == nullptr) return malloc(bytes);
  const std::size_t room = (static_cast<Block*>(memory) - 1)->size - kHeader;
  if (bytes <= room) return memory;
  void* larger = malloc(bytes);
  std::memcpy(larger, memory, room);
  free(memory);
  return larger;
}
}
