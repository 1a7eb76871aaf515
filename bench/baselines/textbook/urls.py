from django.urls import path

from bench.baselines.textbook.views import creategrp

urlpatterns = [path("creategrp", creategrp)]
