"""The endpoints, a module a family. Each reads input, makes one domain call, shows output."""
