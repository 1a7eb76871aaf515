from django.urls import path

from accounts.readers_language import in_readers_language
from keeping.pages import leaving, my_data

urlpatterns = [
    path("leaving/", in_readers_language(leaving), name="leaving"),
    path("my-data/", in_readers_language(my_data), name="my_data"),
]
