"""Django REST framework: lists, serializers, renderers, pages, compiled where answers can be proved equal."""
